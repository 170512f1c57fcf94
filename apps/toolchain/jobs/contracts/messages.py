"""Sentences with values in them: English for programs and workers; whoever shows one to a person translates its parts."""

from __future__ import annotations

from collections.abc import Callable


class Message(str):
    """An English sentence that knows what it was put together from.

    template  with %(name)s where values go, as the catalogue holds it
    """

    template: str
    values: dict[str, object]


def format_message(template: str, **values: object) -> Message:
    """Put a sentence together; its template is marked for the catalogue where it is written."""
    sentence = Message(template % values if values else template)
    sentence.template, sentence.values = template, values
    return sentence


def translate_message(translate: Callable[[str], str], sentence: str) -> str:
    """Return a sentence in another language, its values as they are.

    translate  gettext, where there is one
    """
    if isinstance(sentence, Message) and sentence.values:
        return translate(sentence.template) % sentence.values
    return translate(str(sentence))
