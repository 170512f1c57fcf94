"""What programs send to the REST API: JSON bodies, bounded and free of text that no database keeps, and query values."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request

from .errors import BadRequest, Invalid, Refusal
from .http import body_blocks

BODY_LIMIT_BYTES = 256 * 1024


class NotJson(Refusal):
    status = 415
    code = "UnsupportedMediaType"
    default = "Send JSON, with the Content-Type application/json."


def json_body(request: HttpRequest, *, limit: int = BODY_LIMIT_BYTES) -> Any:
    """Return the JSON value of a body; NUL and lone surrogates become the replacement character.

    limit   in bytes
    raises  BadRequest if it is not JSON, TooLarge, NotJson if it says that it is something else
    """
    if (
        request.content_type
        and request.content_type != "application/json"
        and not request.content_type.endswith("+json")
    ):
        raise NotJson
    data = b"".join(body_blocks(request, limit=limit))
    try:
        return storable(json.loads(data, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise BadRequest("The body is not valid JSON.", code="InvalidJson") from None


def storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


class Body(serializers.Serializer[Any]):
    """What a call takes: a JSON object without unknown fields."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {name[:100]: ["There is no such field."] for name in unknown[:20]}
            )
        return super().to_internal_value(data)


def told_in(
    request: Request, shape: type[serializers.Serializer[Any]], *, limit: int = BODY_LIMIT_BYTES
) -> dict[str, Any]:
    """Return the checked fields of a body.

    raises  Invalid with a sentence for each wrong field, BadRequest, TooLarge, NotJson
    """
    form = shape(data=json_body(request._request, limit=limit))
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class Text(serializers.CharField):
    """A text; numbers are not taken for texts."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Words(Text):
    """A text with its spaces and line ends, such as the content of a file."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **options)


class Flag(serializers.BooleanField):
    """True or false; texts are not taken for either."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


# --- the query


def plain(text: str) -> str:
    """raises  BadRequest for text that no database keeps"""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadRequest("A value holds a character that no text may hold.")
    return text


def asked(request: Request, name: str, default: str = "") -> str:
    """Return a text of the query (raises BadRequest)."""
    return plain(request.query_params.get(name, default))


def asked_yes(request: Request, name: str) -> bool:
    """Return a yes or no of the query.

    raises  BadRequest if it is neither
    """
    word = request.query_params.get(name, "false").lower()
    if word not in ("true", "false", "1", "0", ""):
        raise BadRequest(f"{name} must be true or false.")
    return word in ("true", "1")


def asked_number(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number of the query.

    raises  BadRequest if it is none, or out of bounds
    """
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
        raise BadRequest(f"{name} must be between {least} and {most}.")
    return int(text)


def asked_choice(request: Request, name: str, choices: list[str] | tuple[str, ...], default: str = "") -> str:
    """Return one of the words that a query value may be.

    raises  BadRequest
    """
    word = request.query_params.get(name, default)
    if word and word not in choices:
        raise BadRequest(f"{name} must be one of {', '.join(choices)}.")
    return word


def invalid_field(name: str, words: str) -> Invalid:
    """The refusal of one field of a body."""
    return Invalid("Some fields are not valid.", fields={name: [words]})
