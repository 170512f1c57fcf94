"""Unions of the REST API: objects of several shapes, told apart by the value of one field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

Shape = type[serializers.Serializer[Any]]


class Discriminated(serializers.Serializer[Any]):
    """An object of one of several shapes.

    discriminator  the field that says which
    variants       the shape for each of its values
    """

    discriminator: ClassVar[str]
    variants: ClassVar[Mapping[str, Shape]]

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        name = self.discriminator
        if name not in data:
            raise serializers.ValidationError({name: ["This field is required."]}, code="required")
        shape = self.variants.get(data[name]) if isinstance(data[name], str) else None
        if shape is None:
            words = f"Must be one of {', '.join(self.variants)}."
            raise serializers.ValidationError({name: [words]}, code="invalid_choice")
        kept = data if name in shape().fields else {key: data[key] for key in data if key != name}
        return {name: data[name], **shape(context=self.context).run_validation(kept)}

    def to_representation(self, instance: Any) -> dict[str, Any]:
        name = self.discriminator
        value = instance[name] if isinstance(instance, Mapping) else getattr(instance, name)
        return {name: value, **self.variants[value](instance, context=self.context).data}


def discriminated(name: str, discriminator: str, variants: Mapping[str, Shape], about: str = "") -> Any:
    """Return the serializer of a union.

    name           of its component in the OpenAPI document
    discriminator  the field that says which shape an object has
    variants       the shape for each value of that field, with or without the field
    """
    facts = {
        "discriminator": discriminator,
        "variants": variants,
        "__doc__": about or f"One of several kinds, by `{discriminator}`.",
    }
    return type(name, (Discriminated,), facts)
