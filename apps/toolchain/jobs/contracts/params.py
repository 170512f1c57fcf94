"""One parameter of a recipe: its type, range, default and words, shared by form, API and worker."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .messages import format_message

TEXT_LIMIT = 200
LIST_LIMIT = 1000


class ParamKind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    AUTO_NUMBER = "auto_number"  # a number or "auto"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    SPLIT = "split"  # the name of a split, or a share between 0.01 and 0.5
    TEXTS = "texts"  # a list of text; a form sends it separated by commas


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue; whoever shows it translates it."""
    return text


_ = gettext_noop


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter as the form draws it and the API documents it.

    default   value if nothing was given; `required` params have none
    label     English, marked for the catalogue, as are help and the choices' words
    advanced  drawn in the folded part of the form
    aliases   other names that are accepted (those of AutoTrain and the Trainer)
    """

    name: str
    kind: ParamKind
    default: Any
    label: str
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    advanced: bool = False
    aliases: tuple[str, ...] = ()

    def clean(self, value: object) -> Any:
        """Return the value in its own type.

        raises  ValueError with a plain sentence
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            if self.required:
                raise ValueError(_("Is missing."))
            return self.default
        return CLEANERS[self.kind](self, value)

    def to_json(self) -> dict[str, Any]:
        """Return the parameter for programs (the API's recipe list)."""
        facts = {
            "name": self.name,
            "kind": str(self.kind),
            "default": self.default,
            "label": self.label,
            "help": self.help,
        }
        bounds = {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": [value for value, _words in self.choices] or None,
        }
        return {
            **facts,
            **{name: bound for name, bound in bounds.items() if bound is not None},
            "required": self.required,
        }


def _text(param: Param, value: object) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(_("Must be text."))
    text = str(value).strip()
    if len(text) > TEXT_LIMIT or any(ord(letter) < 32 for letter in text):
        raise ValueError(
            format_message(_("Must be at most %(limit)s characters on one line."), limit=TEXT_LIMIT)
        )
    return text


def _number(param: Param, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_("Must be a number."))
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(_("Must be a number.")) from None
    if not math.isfinite(number):
        raise ValueError(_("Must be a finite number."))
    return _within(param, number)


def _integer(param: Param, value: object) -> int:
    number = _number(param, value)
    if not number.is_integer():
        raise ValueError(_("Must be a whole number."))
    return int(number)


def _within(param: Param, number: float) -> float:
    low, high = param.minimum, param.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(
            format_message(_("Must be between %(low)s and %(high)s."), low=f"{low:g}", high=f"{high:g}")
        )
    return number


def _auto_number(param: Param, value: object) -> float | str:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    return _number(param, value)


def _boolean(param: Param, value: object) -> bool:
    words = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError(_("Must be true or false."))


def _choice(param: Param, value: object) -> str:
    allowed = [name for name, _words in param.choices]
    if isinstance(value, str) and value.strip() in allowed:
        return value.strip()
    raise ValueError(format_message(_("Must be one of %(words)s."), words=", ".join(allowed)))


def _split(param: Param, value: object) -> str:
    text = _text(param, value)
    try:
        share = float(text)
    except ValueError:
        return text
    if not 0.01 <= share <= 0.5:
        raise ValueError(_("A share must be between 0.01 and 0.5."))
    return f"{share:g}"


def _texts(param: Param, value: object) -> list[str]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or len(items) > LIST_LIMIT:
        raise ValueError(format_message(_("Must be a list of at most %(limit)s names."), limit=LIST_LIMIT))
    names = [_text(param, item) for item in items]
    if not all(names) or len(set(names)) != len(names):
        raise ValueError(_("Names must be present and different."))
    return names


CLEANERS: dict[ParamKind, Callable[[Param, object], Any]] = {
    ParamKind.TEXT: _text,
    ParamKind.INTEGER: _integer,
    ParamKind.NUMBER: _number,
    ParamKind.AUTO_NUMBER: _auto_number,
    ParamKind.BOOLEAN: _boolean,
    ParamKind.CHOICE: _choice,
    ParamKind.SPLIT: _split,
    ParamKind.TEXTS: _texts,
}
