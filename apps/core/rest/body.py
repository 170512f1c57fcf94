"""Input of the REST API: bounded, validated JSON bodies and query parameters."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request

from apps.core.errors import BadRequest, InvalidParameter, Refusal, ValidationFailed, error_at
from apps.core.web.http import read_body
from apps.core.web.params import BadJson, RepeatedName, parse_flag, parse_int, parse_json

BODY_LIMIT_BYTES = 256 * 1024


class InvalidJson(BadRequest):
    code = "InvalidJson"
    title = "Invalid JSON"
    default = "The body is not valid JSON."


class NotJson(Refusal):
    status = 415
    code = "UnsupportedMediaType"
    default = "Send JSON with Content-Type: application/json."


class UnsupportedEncoding(Refusal):
    """source  RFC 9110 section 15.5.16"""

    status = 415
    code = "UnsupportedContentEncoding"
    default = "Send the body without a Content-Encoding."

    def __init__(self) -> None:
        errors = [error_at(self.default, header="Content-Encoding")]
        super().__init__(headers={"Accept-Encoding": "identity"}, errors=errors)


def check_encoding(request: HttpRequest) -> None:
    """raises  UnsupportedEncoding for a compressed body"""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedEncoding


def json_body(request: HttpRequest, *, limit: int = BODY_LIMIT_BYTES) -> Any:
    """Return the JSON value of a body; NUL and lone surrogates become the replacement character.

    limit   in bytes
    raises  InvalidJson, BadRequest, NotJson for another Content-Type or none, TooLarge
    """
    kind = request.content_type or ""
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise NotJson
    data = read_body(request, limit=limit)
    if data and not kind:
        raise NotJson
    try:
        return parse_json(data, cleans_text=True, has_unique_names=True)
    except RepeatedName as error:
        raise InvalidJson(
            "The body names a member twice.", errors=[error_at(str(error), "repeated", pointer=error.pointer)]
        ) from None
    except BadJson as error:
        raise InvalidJson(f"The body {error}") from None


class Body(serializers.Serializer[Any]):
    """The body of a request: a JSON object without unknown fields."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name[:100]: ["Unknown field."] for name in unknown[:20]})
        return super().to_internal_value(data)


def validated(
    request: Request, serializer_class: type[serializers.Serializer[Any]], *, limit: int = BODY_LIMIT_BYTES
) -> dict[str, Any]:
    """Return the validated fields of a body.

    raises  ValidationFailed with an error for each wrong field, BadRequest, TooLarge, NotJson
    """
    serializer = serializer_class(data=json_body(request._request, limit=limit))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class StrictCharField(serializers.CharField):
    """A string; numbers are refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class RawCharField(StrictCharField):
    """A string that keeps leading and trailing whitespace, such as file content."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **options)


class StrictBooleanField(serializers.BooleanField):
    """A boolean; strings are refused."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictChoiceField(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


# --- the query


def query_str(request: Request, name: str, default: str = "") -> str:
    """Return a parameter of the query; the middleware has refused NUL, and decoding replaces surrogates."""
    text: str = request.query_params.get(name, default)
    return text


def query_bool(request: Request, name: str) -> bool:
    """Return a flag of the query.

    raises  InvalidParameter if it is neither true nor false
    """
    flag = parse_flag(request.query_params.get(name, "false"))
    if flag is None:
        raise invalid_parameter(name, "Must be true or false.")
    return flag


def query_int(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """Return an integer of the query.

    raises  InvalidParameter if it is not a number or out of bounds
    """
    number = parse_int(request.query_params.get(name, str(default)), least=least, most=most)
    if number is None:
        raise invalid_parameter(name, f"Must be an integer between {least} and {most}.")
    return number


def query_choice(request: Request, name: str, choices: list[str] | tuple[str, ...], default: str = "") -> str:
    """Return a parameter of the query that is limited to some choices.

    raises  InvalidParameter
    """
    word = request.query_params.get(name, default)
    if word and word not in choices:
        raise invalid_parameter(name, f"Must be one of {', '.join(choices)}.", "invalid_choice")
    return word


def invalid_parameter(name: str, words: str, code: str = "invalid") -> InvalidParameter:
    """Return the refusal for one parameter of the query."""
    return InvalidParameter(f"{name}: {words}", errors=[error_at(words, code, parameter=name)])


def invalid_field(pointer: str, words: str, code: str = "invalid") -> ValidationFailed:
    """Return the refusal for one field of a body.

    pointer  such as `name` or `inputs/0/kind`
    """
    return ValidationFailed(
        "Some fields are not valid.", errors=[error_at(words, code, pointer=f"#/{pointer}")]
    )
