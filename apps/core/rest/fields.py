"""Fields and bases of resources: one form of times, of ids and of nothing.

A resource is what a response contains. All its fields are always sent; where there is nothing, it sends null.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .body import StrictChoiceField


class TimestampField(serializers.DateTimeField):
    """A time in UTC with milliseconds, such as 2026-01-31T12:00:00.000Z.

    source  RFC 3339
    """

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        moment = self.to_internal_value(value) if isinstance(value, str) else value
        return timestamp(moment)


class OptionalTextField(serializers.CharField):
    """A text of a resource; the empty one is null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_null": True, "read_only": True} | options)

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        return super().to_representation(value) or None


@extend_schema_field({"type": "string", "format": "uri-reference"})
class PathField(OptionalTextField):
    """A path of this site, such as /owner/tiny-llama; the empty one is null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_null": False} | options)


class NamedChoiceField(StrictChoiceField):
    """A choice whose empty value has a name in the API, such as `none`.

    empty  the name of the empty value
    """

    def __init__(self, choices: Any, *, empty: str, **options: Any) -> None:
        self.empty = empty
        given = getattr(choices, "choices", choices)
        super().__init__([(value or empty, label) for value, label in given], **options)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        return "" if value == self.empty else value

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value or self.empty)


class Resource(serializers.Serializer[Any]):
    """A resource with declared fields, all of which are always sent."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return _read_only(super().get_fields())


class ModelResource(serializers.ModelSerializer[Any]):
    """A resource read from a model: times have one form, empty texts are null, ids are strings."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateTimeField: TimestampField
    }

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return _read_only(super().get_fields())

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        if model_field.primary_key:
            return serializers.CharField, {"read_only": True}
        is_text = isinstance(model_field, models.CharField | models.TextField)
        if is_text and model_field.blank and not model_field.choices:
            return OptionalTextField, {}
        return super().build_standard_field(field_name, model_field)


def timestamp(moment: datetime | None) -> str | None:
    """Return a time as resources show it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_only(fields: dict[str, Any]) -> dict[str, Any]:
    for field in fields.values():
        field.read_only, field.required = True, False
    return fields
