"""Unions of the REST API: validation, output and their description."""

import pytest
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from rest_framework import serializers
from rest_framework.views import APIView

from apps.core.rest.body import Body, StrictCharField, StrictIntegerField
from apps.core.rest.schema import stream_of
from apps.core.rest.unions import discriminated


class Put(Body):
    path = StrictCharField()
    content = StrictCharField()


class Delete(Body):
    path = StrictCharField()


class Mark(Body):
    mode = StrictIntegerField(required=False)


Change = discriminated("Change", "operation", {"put": Put, "delete": Delete, "mark": Mark})


class Batch(Body):
    changes = Change(many=True)


class Line(serializers.Serializer):
    text = serializers.CharField()


def checked(data):
    change = Batch(data={"changes": [data]})
    change.is_valid(raise_exception=True)
    return change.validated_data["changes"][0]


def described(shape) -> dict:
    """Return the schemas of a shape and of what it refers to, by name."""
    auto = AutoSchema()
    auto.registry, auto.view, auto.method, auto.path = ComponentRegistry(), APIView(), "POST", "/"
    auto.view.request = None
    auto.resolve_serializer(shape, "request")
    return auto.registry.build({})["schemas"]


def test_the_discriminator_chooses_the_shape():
    assert checked({"operation": "put", "path": "a", "content": "b"}) == {
        "operation": "put",
        "path": "a",
        "content": "b",
    }
    assert checked({"operation": "mark"}) == {"operation": "mark"}
    assert Change({"operation": "delete", "path": "a"}).data == {"operation": "delete", "path": "a"}


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"path": "a"}, "operation", "required"),
        ({"operation": "move", "path": "a"}, "operation", "invalid_choice"),
        ({"operation": ["put"], "path": "a"}, "operation", "invalid_choice"),
        ({"operation": "put", "path": "a"}, "content", "required"),
        ({"operation": "delete", "path": "a", "content": "b"}, "content", "invalid"),
        ("put", "non_field_errors", "invalid"),
    ],
)
def test_what_fits_no_shape_is_refused_by_field(data, field, code):
    with pytest.raises(serializers.ValidationError) as refused:
        checked(data)

    errors = refused.value.detail["changes"][0]
    assert errors[field][0].code == code


def test_a_union_is_described_with_a_discriminator():
    found = described(Batch)

    assert found["Change"]["discriminator"] == {
        "propertyName": "operation",
        "mapping": {name.lower(): f"#/components/schemas/{name}" for name in ("Put", "Delete", "Mark")},
    }
    assert [one["$ref"] for one in found["Change"]["oneOf"]] == [
        f"#/components/schemas/{name}" for name in ("Put", "Delete", "Mark")
    ]
    assert found["Put"]["properties"]["operation"] == {"type": "string", "const": "put"}
    assert found["Put"]["required"] == ["content", "operation", "path"]
    assert found["Batch"]["properties"]["changes"]["items"] == {"$ref": "#/components/schemas/Change"}


def test_a_stream_is_text_that_names_the_shape_of_its_events():
    found = described(stream_of(Line, "LineStream"))

    assert found["LineStream"]["type"] == "string"
    assert found["LineStream"]["contentSchema"] == {"$ref": "#/components/schemas/Line"}
    assert found["Line"]["properties"]["text"] == {"type": "string"}
