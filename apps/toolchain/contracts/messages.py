"""Messages with values: English for API clients and workers, translated when a page shows them."""

from __future__ import annotations

from collections.abc import Callable


class Message(str):
    """An English message that remembers its template and values.

    template  message id with %(name)s placeholders, as in the translation catalog
    """

    template: str
    values: dict[str, object]


def format_message(template: str, **values: object) -> Message:
    """Fill in a template, which the caller has marked for translation."""
    message = Message(template % values if values else template)
    message.template, message.values = template, values
    return message


def translate_message(translate: Callable[[str], str], message: str) -> str:
    """Translate a message's template and fill in its values.

    translate  for example gettext
    """
    if isinstance(message, Message) and message.values:
        return translate(message.template) % message.values
    return translate(str(message))
