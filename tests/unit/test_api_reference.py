"""The reference of the REST API, read from an OpenAPI document."""

import pytest

from apps.core.rest.reference import snippets
from apps.core.rest.reference.reader import ANYONE, CALLERS, Reader
from apps.core.rest.reference.types import Types

TOKEN, SESSION = {"AccessToken": []}, {"Session": []}
SCHEMAS = {
    "Color": {"type": "string", "enum": ["red", "green"], "description": "A color."},
    "Pot": {
        "type": "object",
        "description": "A pot.",
        "required": ["color"],
        "properties": {
            "color": {"$ref": "#/components/schemas/Color"},
            "pots": {"$ref": "#/components/schemas/Pot"},
        },
    },
    "Plant": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": ["string", "null"], "description": "What it is called."},
            "planted_at": {"type": "string", "format": "date-time"},
            "pots": {"type": "array", "items": {"$ref": "#/components/schemas/Pot"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "next": {"oneOf": [{"$ref": "#/components/schemas/Color"}, {"type": "null"}]},
        },
    },
}


def document(**operation):
    call = {"operationId": "act", "tags": ["garden"], "responses": {"204": {"description": ""}}, **operation}
    return {"paths": {"/api/v1/plants/{name}": {"put": call}}, "components": {"schemas": SCHEMAS}}


def operation(**parts):
    return Reader(document(**parts)).operation(
        "put", "/api/v1/plants/{name}", document(**parts)["paths"]["/api/v1/plants/{name}"]["put"]
    )


def test_the_properties_of_a_body_include_those_of_its_objects():
    fields = Types(document()).fields(SCHEMAS["Plant"], is_deep=True)

    assert [(field.name, field.type, field.depth) for field in fields] == [
        ("name", "string or null", 0),
        ("planted_at", "date-time", 0),
        ("pots", "array of Pot", 0),
        ("pots[].color", "Color", 1),
        ("pots[].pots", "Pot", 1),
        ("labels", "object of string", 0),
        ("next", "Color or null", 0),
    ]


def test_a_property_has_its_description_its_values_and_whether_it_is_required():
    name, *_others, following = Types(document()).fields(SCHEMAS["Plant"], is_deep=False)

    assert (name.description, name.is_required) == ("What it is called.", True)
    assert (following.values, following.schema, following.is_required) == (["red", "green"], "Color", False)


@pytest.mark.parametrize(
    ("security", "words"),
    [
        ([TOKEN, SESSION], CALLERS[True, True]),
        ([SESSION], CALLERS[False, True]),
        ([TOKEN], CALLERS[True, False]),
        ([TOKEN, SESSION, {}], ANYONE),
        ([], CALLERS[False, False]),
    ],
)
def test_credentials_are_told_in_words(security, words):
    assert operation(security=security).callers == words


def test_an_operation_for_browsers_has_no_snippet():
    assert operation(security=[SESSION]).curl == ""
    assert operation(security=[TOKEN]).curl.startswith("curl -X PUT ")


def test_path_parameters_are_filled_from_their_examples(settings):
    settings.PUBLIC_URL = "https://example.com"
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}

    shown = operation(security=[], parameters=[{**name, "example": "old oak"}])
    unknown = operation(security=[], parameters=[name])

    assert shown.curl == "curl -X PUT https://example.com/api/v1/plants/old%20oak"
    assert unknown.curl.endswith("/plants/NAME")


def test_errors_of_an_operation_stand_apart_from_common_ones():
    responses = {status: {"description": status} for status in ("200", "304", "401", "404", "412", "422")}
    found = operation(responses=responses)

    assert [answer.status for answer in found.answers] == ["200"]
    assert [answer.status for answer in found.errors] == ["404", "412"]
    assert found.common == ["401", "422"]


def test_the_example_of_a_body_is_sent_by_curl_and_python():
    body = {"name": "it's", "is_tall": True, "pots": None}
    call = snippets.Call("POST", "https://example.com/plants", takes_token=True, body=body)

    assert snippets.curl(call).splitlines() == [
        "curl https://example.com/plants \\",
        '  -H "Authorization: Bearer $TOKEN" \\',
        "  -H 'Content-Type: application/json' \\",
        """  -d '{"name": "it'\\''s", "is_tall": true, "pots": null}'""",
    ]
    assert (
        """    json={"name": "it's", "is_tall": True, "pots": None},""" in snippets.python(call).splitlines()
    )


@pytest.mark.parametrize(
    ("parts", "flags", "line"),
    [
        ({"answer": "text/event-stream"}, "curl -N https://example.com/a", "    print(line)"),
        (
            {"method": "DELETE", "answer": ""},
            "curl -X DELETE https://example.com/a",
            "response.raise_for_status()",
        ),
        ({"answer": "image/png"}, "curl https://example.com/a", 'open("FILE", "wb").write(response.content)'),
        ({"query": {"q": "a b"}}, "curl 'https://example.com/a?q=a+b'", "print(response.json())"),
    ],
)
def test_snippets_fit_what_is_sent_and_answered(parts, flags, line):
    call = snippets.Call(**{"method": "GET", "url": "https://example.com/a", "takes_token": False, **parts})

    assert snippets.curl(call).splitlines()[0].removesuffix(" \\") == flags
    assert snippets.python(call).splitlines()[-1] == line
    compile(snippets.python(call), "snippet", "exec")


def test_a_long_body_is_indented_in_python():
    body = {"items": [{"path": "a" * 40, "content": "b" * 40}], "message": "c"}
    call = snippets.Call("POST", "https://example.com/a", takes_token=False, body=body)

    compile(snippets.python(call), "snippet", "exec")
    assert all(len(line) <= 100 for line in snippets.python(call).splitlines())
