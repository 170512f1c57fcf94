"""What is said in a chat, and the messages of the formats that people have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..messages import Message, format_message
from ..params import gettext_noop as _

DIALOG_LIMIT = 1000
NAME_LIMIT = 40


class Role(StrEnum):
    """Who speaks; the values are those of chat templates."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


# what OpenAI, ShareGPT and others call them
KNOWN_ROLES: Mapping[str, Role] = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "human": Role.USER,
    "prompter": Role.USER,
    "customer": Role.USER,
    "assistant": Role.ASSISTANT,
    "gpt": Role.ASSISTANT,
    "model": Role.ASSISTANT,
    "bot": Role.ASSISTANT,
    "chatgpt": Role.ASSISTANT,
}
ROLE_KEYS = ("role", "from", "speaker")
TEXT_KEYS = ("content", "value", "text")
TEXT_PARTS = ("text", "input_text", "output_text")


class RowError(ValueError):
    """A row that a training cannot read.

    code  stable, for programs
    """

    def __init__(self, code: str, message: Message | str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. is_trained: whether the model learns to write it"""

    role: Role
    text: str
    is_trained: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A chat as a training reads it.

    dialog    the messages; those of a preference end with the better answer
    rejected  the worse answer of a preference, which follows the same messages
    """

    dialog: tuple[Turn, ...]
    rejected: tuple[Turn, ...] = ()

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """The messages before the last answer."""
        return self.dialog[:-1]


def read_dialog(
    value: object, column: str, roles: Mapping[str, str], *, speaker: Role = Role.USER
) -> tuple[Turn, ...]:
    """Return the messages of a value: a list of them, the same as JSON text, or one plain text.

    column   where the value stands, for messages
    roles    further names of roles -> user, assistant or system
    speaker  who says a plain text
    raises   RowError
    """
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return (_turn(speaker, value, 1, column),)
    items = _items(value, column)
    return tuple(_read_turn(item, number, column, roles) for number, item in enumerate(items, 1))


def _items(value: object, column: str) -> Sequence[object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            words = _("The column %(column)s holds text that begins like a list but is not JSON.")
            raise RowError("messages_not_list", format_message(words, column=column)) from None
    if isinstance(value, Mapping) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, Mapping):
        value = _transposed(value)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        words = _("The column %(column)s has no list of messages.")
        raise RowError("messages_not_list", format_message(words, column=column))
    if len(value) > DIALOG_LIMIT:
        words = _("A chat has at most %(limit)s messages.")
        raise RowError("too_many_messages", format_message(words, limit=DIALOG_LIMIT))
    return value


def _transposed(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a mapping of lists, as some libraries store lists of objects, as a list of mappings."""
    lists = {name: items for name, items in value.items() if isinstance(items, list)}
    if not lists or len({len(items) for items in lists.values()}) != 1:
        return []
    return [dict(zip(lists, items, strict=True)) for items in zip(*lists.values(), strict=True)]


def _read_turn(item: object, number: int, column: str, roles: Mapping[str, str]) -> Turn:
    if not isinstance(item, Mapping):
        words = _("Message %(number)s is not an object with a role and a content.")
        raise RowError("message_not_object", format_message(words, number=number))
    name = next((item[key] for key in ROLE_KEYS if item.get(key) is not None), None)
    role = _role(name, number, roles)
    if item.get("tool_calls") or item.get("function_call"):
        words = _("Message %(number)s calls a tool. Trainings read text only.")
        raise RowError("tools_unsupported", format_message(words, number=number))
    text = _text(next((item[key] for key in TEXT_KEYS if item.get(key) is not None), None), number)
    weight = item.get("weight")
    if weight is not None and (isinstance(weight, bool) or weight not in (0, 1)):
        words = _("Message %(number)s has a weight that is neither 0 nor 1.")
        raise RowError("weight_invalid", format_message(words, number=number))
    return _turn(role, text, number, column, is_trained=role is Role.ASSISTANT and weight != 0)


def _role(name: object, number: int, roles: Mapping[str, str]) -> Role:
    if not isinstance(name, str) or not name.strip():
        words = _("Message %(number)s has no role.")
        raise RowError("role_missing", format_message(words, number=number))
    key = name.strip()
    known = {one.casefold(): role for one, role in roles.items()}
    found = known.get(key.casefold()) or KNOWN_ROLES.get(key.casefold())
    if found in list(Role):
        return Role(found)
    words = _("Message %(number)s has the role %(role)s, which is neither user, assistant nor system.")
    raise RowError("role_unknown", format_message(words, number=number, role=key[:NAME_LIMIT]))


def _text(value: object, number: int) -> str:
    """Return the text of a content: text itself, or parts that are all text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        parts = [_part(part) for part in value]
        if all(part is not None for part in parts):
            return "".join(part or "" for part in parts)
    words = _("Message %(number)s has a content that is not text.")
    raise RowError("content_not_text", format_message(words, number=number))


def _part(part: object) -> str | None:
    if isinstance(part, str):
        return part
    if (
        isinstance(part, Mapping)
        and part.get("type", "text") in TEXT_PARTS
        and isinstance(part.get("text"), str)
    ):
        return str(part["text"])
    return None


def _turn(role: Role, text: str, number: int, column: str, *, is_trained: bool | None = None) -> Turn:
    if not text.strip():
        words = _("Message %(number)s in the column %(column)s is empty.")
        raise RowError("content_empty", format_message(words, number=number, column=column))
    return Turn(role, text, role is Role.ASSISTANT if is_trained is None else is_trained)


def with_system(dialog: tuple[Turn, ...], system: str) -> tuple[Turn, ...]:
    """Return the dialog with a system message in front, if it does not begin with one."""
    if not system.strip() or (dialog and dialog[0].role is Role.SYSTEM):
        return dialog
    return (Turn(Role.SYSTEM, system), *dialog)


def without_system_in_the_middle(dialog: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Return the dialog; chat templates know a system message only at the beginning.

    raises  RowError
    """
    for number, turn in enumerate(dialog[1:], 2):
        if turn.role is Role.SYSTEM:
            words = _("Message %(number)s is a system message; only the first message may be one.")
            raise RowError("system_not_first", format_message(words, number=number))
    return dialog
