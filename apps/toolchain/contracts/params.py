"""Parameters of recipes: type, range, default and label, shared by form, API and worker."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .messages import format_message

TEXT_LIMIT = 200
LONG_TEXT_LIMIT = 20_000
LONG_TEXTS_LIMIT = 100
LIST_LIMIT = 1000
SEPARATOR = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)


class ParamKind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"  # several lines, at most `maximum` characters
    LONG_TEXTS = "long_texts"  # a list of these; a form sends them separated by lines of three dashes
    INTEGER = "integer"
    NUMBER = "number"
    AUTO_NUMBER = "auto_number"  # a number or "auto"
    AUTO_INTEGER = "auto_integer"  # an integer or "auto"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    SPLIT = "split"  # the name of a split, or a share between 0.01 and 0.5
    TEXTS = "texts"  # a list of text; a form sends it separated by commas
    MAPPING = "mapping"  # an object whose values are text; a form sends from=to, separated by commas


class Source(StrEnum):
    """What of the dataset a parameter names; the form suggests what exists."""

    SUBSET = "subsets"
    SPLIT = "splits"
    COLUMN = "columns"
    CLASSES = "classes"


def gettext_noop(text: str) -> str:
    """Mark a text for translation; it is translated when shown."""
    return text


_ = gettext_noop


@dataclass(frozen=True, slots=True)
class ParamGroup:
    """A section of the form. label: English, marked for translation"""

    name: str
    label: str


SETTINGS = ParamGroup("settings", _("Settings"))
DATA = ParamGroup("data", _("Data"))
TRAINING = ParamGroup("training", _("Training"))
ADAPTER = ParamGroup("adapter", _("LoRA"))
GENERATION = ParamGroup("generation", _("Generation"))
SCORING = ParamGroup("scoring", _("Scoring"))
PUBLISHING = ParamGroup("publishing", _("Publishing"))
RUN = ParamGroup("run", _("Run"))


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter as the form shows it and the API documents it.

    default   value if none is given; not used if `required`
    label     English, marked for translation, like help and the labels of choices
    advanced  whether the form shows it in its advanced section
    aliases   other accepted names (those of AutoTrain and the Trainer)
    source    what of the dataset it names, None for a setting of the run
    shown_if  name and value of the parameter that gives it a meaning
    group     section of the form
    gpu_only  choices that only a job with a GPU may make
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
    source: Source | None = None
    shown_if: tuple[str, Any] | None = None
    group: ParamGroup = SETTINGS
    gpu_only: tuple[str, ...] = ()

    def is_used_with(self, values: Mapping[str, Any]) -> bool:
        """Return whether it has a meaning with these values of all parameters."""
        return self.shown_if is None or values.get(self.shown_if[0]) == self.shown_if[1]

    def clean(self, value: object, *, is_json: bool = False) -> Any:
        """Convert the value to the parameter's type.

        is_json  it must have the type already; only forms may send numbers and lists as text
        raises   ValueError with a message
        """
        if is_json and value is not None:
            _check_type(self.kind, value)
        if value is None or (isinstance(value, str) and not value.strip()):
            if self.required:
                raise ValueError(_("This field is required."))
            return self.default
        return CLEANERS[self.kind](self, value)


def _text(param: Param, value: object) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(_("Must be a string."))
    text = str(value).strip()
    if len(text) > TEXT_LIMIT or any(ord(letter) < 32 for letter in text):
        raise ValueError(
            format_message(_("Must be a single line of at most %(limit)s characters."), limit=TEXT_LIMIT)
        )
    return text


def _long_text(param: Param, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_("Must be a string."))
    text = value.replace("\r\n", "\n").strip()
    limit = int(param.maximum or LONG_TEXT_LIMIT)
    if len(text) > limit or any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        raise ValueError(format_message(_("Must be a text of at most %(limit)s characters."), limit=limit))
    return text


def _long_texts(param: Param, value: object) -> list[str]:
    items = SEPARATOR.split(value.replace("\r\n", "\n")) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or len(items) > LONG_TEXTS_LIMIT:
        raise ValueError(
            format_message(_("Must be a list of at most %(limit)s texts."), limit=LONG_TEXTS_LIMIT)
        )
    return [text for item in items if (text := _long_text(param, item))]


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
        raise ValueError(_("Must be an integer."))
    return int(number)


def _within(param: Param, number: float) -> float:
    low, high = param.minimum, param.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(
            format_message(_("Must be between %(low)s and %(high)s."), low=_bound(low), high=_bound(high))
        )
    return number


def _bound(number: float | None) -> str:
    """Format a bound exactly: 2147483647, 1000, 1e-08."""
    if number is None:
        return "–"
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def _auto_number(param: Param, value: object) -> float | str:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    return _number(param, value)


def _auto_integer(param: Param, value: object) -> int | str:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    return _integer(param, value)


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
        raise ValueError(_("Names must be unique and not empty."))
    return names


def _mapping(param: Param, value: object) -> dict[str, str]:
    pairs = _pairs(value) if isinstance(value, str) else value
    if not isinstance(pairs, Mapping) or len(pairs) > LIST_LIMIT:
        raise ValueError(format_message(_("Must have at most %(limit)s pairs."), limit=LIST_LIMIT))
    names = {_text(param, name): _text(param, item) for name, item in pairs.items()}
    if not all(names) or not all(names.values()) or len(names) != len(pairs):
        raise ValueError(_("Names must be unique and not empty."))
    return names


def _pairs(text: str) -> dict[str, str]:
    """Read the pairs of a form: `0=negative, 1=positive`."""
    parts = [part.rpartition("=") for part in text.split(",") if part.strip()]
    if not all(equals for _from, equals, _to in parts):
        raise ValueError(_("Write each pair as from=to, separated by commas."))
    pairs = {name.strip(): item.strip() for name, _equals, item in parts}
    if len(pairs) != len(parts):
        raise ValueError(_("Names must be unique and not empty."))
    return pairs


def _check_type(kind: ParamKind, value: object) -> None:
    types, words = JSON_TYPES[kind]
    is_wrong_bool = isinstance(value, bool) and bool not in types
    if is_wrong_bool or not isinstance(value, types):
        raise ValueError(words)
    if kind in AUTO_KINDS and isinstance(value, str) and value != "auto":
        raise ValueError(words)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not all(isinstance(item, str) for item in items):
        raise ValueError(words)


AUTO_KINDS = (ParamKind.AUTO_NUMBER, ParamKind.AUTO_INTEGER)
TEXT_TYPE = ((str,), _("Must be a string."))
JSON_TYPES: dict[ParamKind, tuple[tuple[type, ...], str]] = {
    ParamKind.TEXT: TEXT_TYPE,
    ParamKind.LONG_TEXT: TEXT_TYPE,
    ParamKind.LONG_TEXTS: ((list,), _("Must be a list of strings.")),
    ParamKind.INTEGER: ((int,), _("Must be an integer.")),
    ParamKind.NUMBER: ((int, float), _("Must be a number.")),
    ParamKind.AUTO_NUMBER: ((int, float, str), _('Must be a number or "auto".')),
    ParamKind.AUTO_INTEGER: ((int, str), _('Must be an integer or "auto".')),
    ParamKind.BOOLEAN: ((bool,), _("Must be true or false.")),
    ParamKind.CHOICE: TEXT_TYPE,
    ParamKind.SPLIT: TEXT_TYPE,
    ParamKind.TEXTS: ((list,), _("Must be a list of strings.")),
    ParamKind.MAPPING: ((dict,), _("Must be an object whose values are strings.")),
}
CLEANERS: dict[ParamKind, Callable[[Param, object], Any]] = {
    ParamKind.TEXT: _text,
    ParamKind.LONG_TEXT: _long_text,
    ParamKind.LONG_TEXTS: _long_texts,
    ParamKind.INTEGER: _integer,
    ParamKind.NUMBER: _number,
    ParamKind.AUTO_NUMBER: _auto_number,
    ParamKind.AUTO_INTEGER: _auto_integer,
    ParamKind.BOOLEAN: _boolean,
    ParamKind.CHOICE: _choice,
    ParamKind.SPLIT: _split,
    ParamKind.TEXTS: _texts,
    ParamKind.MAPPING: _mapping,
}
