"""REST API: the OpenAPI document."""

import json
import re
from collections import Counter

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from apps.core.rest.components import only_operations, operations_of
from apps.core.rest.generator import document_bytes, full_document
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE
from tests.architecture.urls import routes

# on average, with the shapes that operations share
BYTES_PER_OPERATION = 2_400
METHODS = {"get", "post", "put", "patch", "delete"}
# names that say all
PLAIN = {
    *("branch", "description", "full_name", "id", "items", "kind", "message", "name", "namespace", "path"),
    *("person", "revision", "role", "sha", "tag", "title"),
}


@pytest.fixture(scope="module")
def document():
    return full_document()


def resolved(document, part):
    """Return the component that a part of the document refers to, else the part."""
    if "$ref" not in part:
        return part
    _root, _components, kind, name = part["$ref"].split("/")
    return document["components"][kind][name]


def parameter_names(document, operation) -> set[str]:
    return {resolved(document, one)["name"] for one in operation.get("parameters", [])}


def schemas_in(node, place=""):
    """Yield each schema below a node that lists its values."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key not in ("example", "examples") and isinstance(value, dict | list):
            if isinstance(value, dict) and isinstance(value.get("enum"), list):
                yield f"{place}/{key}", value
            yield from schemas_in(value, f"{place}/{key}")


def test_the_document_is_valid_openapi_31(document):
    validate(document)

    assert document["openapi"].startswith("3.1")
    ids = [operation["operationId"] for _path, _method, operation in operations_of(document)]
    assert len(set(ids)) == len(ids) > 70


def test_every_call_has_a_summary_an_answer_an_example_and_its_problems(document):
    for path, method, operation in operations_of(document):
        answers = operation["responses"]
        success = [status for status in answers if status.startswith("2") or status == "302"]
        assert operation["summary"], path
        assert success, path
        assert {"400", "401", "403", "429"} <= set(answers), path
        for holder in (*(answers[status] for status in success), operation.get("requestBody", {})):
            content = holder.get("content", {}).get("application/json")
            if content:
                assert has_example(document, content["schema"]), f"{method} {path}"


def test_a_body_is_required_even_if_all_its_fields_are_optional(document):
    bodies = [one["requestBody"] for _path, _method, one in operations_of(document) if "requestBody" in one]

    assert len(bodies) > 20
    assert all(body["required"] for body in bodies)


def has_example(document, schema) -> bool:
    """Return whether a schema, or the items of a page, has an example."""
    shape = resolved(document, schema)
    items = shape.get("properties", {}).get("items", {}).get("items", {})
    return bool(shape.get("examples") or items) and all(
        resolved(document, one).get("examples", True) for one in (shape, items)
    )


def test_every_example_fits_its_shape(document):
    components = document["components"]
    wrong = [
        f"{name}: {error.message}"
        for name, schema in components["schemas"].items()
        for example in schema.get("examples", [])
        for error in Draft202012Validator({**schema, "components": components}).iter_errors(example)
    ]

    assert wrong == []
    assert sum("examples" in schema for schema in components["schemas"].values()) > 50


def test_every_view_of_the_api_is_in_the_document(document):
    plain = {"/api/v1/openapi.json", "/api/v1/openapi-workers.json", "/api/v1/docs"}
    plain |= {"/api/v1/docs/start"}

    found = {f"/{route.path}" for route in routes() if route.path.startswith("api/v1/")} - plain
    assert {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path) for path in found} == set(document["paths"])


def test_the_reference_page_shows_every_path_of_the_document(client, db):
    page = client.get("/api/v1/docs")

    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    source = page.content.decode()
    assert set(re.findall(r'href="#([^"]+)"', source)) <= set(re.findall(r'id="([^"]+)"', source))
    for path in client.get("/api/v1/openapi.json").json()["paths"]:
        assert path.removeprefix("/api/v1") in source


def test_every_tag_is_declared_by_an_app_and_used(document):
    used = {tag for _path, _method, operation in operations_of(document) for tag in operation["tags"]}
    declared = [tag["name"] for tag in document["tags"]]

    assert used == set(declared)
    assert len(declared) == len(set(declared))
    assert all(tag["description"] for tag in document["tags"])


def test_the_document_is_made_without_a_warning(capsys):
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")

    assert "Warning" not in capsys.readouterr().err


def test_an_enum_that_a_class_defines_is_one_component_of_its_name(document):
    schemas = document["components"]["schemas"]

    assert set(schemas["RepoKind"]["enum"]) == {"model", "dataset", "space", "kernel"}
    assert schemas["JobState"]["enum"][0] == "queued"
    assert not any(None in one["enum"] or "" in one["enum"] for one in schemas.values() if "enum" in one)
    values = Counter(tuple(one["enum"]) for _place, one in schemas_in(document))
    assert [one for one, count in values.items() if count > 1] == []
    assert '"const": ""' not in json.dumps(document)


def test_a_parameter_of_several_operations_is_one_component(document):
    shared = document["components"]["parameters"]
    repeated = Counter(
        json.dumps(one)
        for _path, _method, operation in operations_of(document)
        for one in operation.get("parameters", [])
        if "$ref" not in one and one["in"] != "path"
    )

    assert {"RepoKind", "RepoNamespace", "RepoName", "Cursor", "Limit", "IfMatch"} <= set(shared)
    assert [one for one, count in repeated.items() if count > 1] == []


def test_a_request_has_no_default_and_no_unknown_field(document):
    bodies = [
        schema
        for schema in document["components"]["schemas"].values()
        if schema.get("additionalProperties") is False
    ]

    assert len(bodies) > 15
    assert [
        part for schema in bodies for part in schema.get("properties", {}).values() if "default" in part
    ] == []


def is_described(document, part) -> bool:
    """Return whether a schema or what it refers to has a description, or one possible value."""
    choices = [one for word in ("oneOf", "anyOf", "allOf") for one in part.get(word, [])]
    items = [part["items"]] if "items" in part else []
    inner = [resolved(document, part)] if "$ref" in part else [*choices, *items]
    return bool(part.get("description") or "const" in part or "enum" in part) or any(
        is_described(document, one) for one in inner
    )


def test_every_field_whose_name_does_not_say_all_is_described(document):
    fields = {
        f"{shape}.{name}": part
        for shape, schema in document["components"]["schemas"].items()
        for name, part in schema.get("properties", {}).items()
        if name not in PLAIN
    }

    assert [name for name, part in fields.items() if not is_described(document, part)] == []
    assert len(fields) > 300


def test_every_parameter_and_every_object_is_described(document):
    parameters = [
        resolved(document, one)
        for _path, _method, operation in operations_of(document)
        for one in operation.get("parameters", [])
    ]
    objects = {name: one for name, one in document["components"]["schemas"].items() if "properties" in one}

    assert [one["name"] for one in parameters if not one.get("description")] == []
    assert [name for name, one in objects.items() if not one.get("description")] == []


def test_operations_of_workers_have_a_document_of_their_own(client, db, document):
    public = client.get("/api/v1/openapi.json").json()
    internal = client.get("/api/v1/openapi-workers.json").json()

    validate(public), validate(internal)
    found = {part["operationId"] for _path, _method, part in operations_of(internal)}
    assert "claim_job" in found
    assert found.isdisjoint(part["operationId"] for _path, _method, part in operations_of(public))
    assert {tag["name"] for tag in internal["tags"]} == {"workers"}
    assert "Repo" not in internal["components"]["schemas"]
    assert all(part["x-internal"] for _path, _method, part in operations_of(internal))


def test_a_part_of_the_document_keeps_what_it_refers_to(document):
    part = only_operations(document, lambda operation: operation["operationId"] == "create_repo")

    validate(part)
    assert {"RepoDetail", "Problem", "RepoKind"} <= set(part["components"]["schemas"])
    assert [tag["name"] for tag in part["tags"]] == ["repos"]


def test_the_document_is_small_and_revalidated(client, db):
    first = client.get("/api/v1/openapi.json", headers={"accept-encoding": "gzip"})
    again = client.get("/api/v1/openapi.json", headers={"if-none-match": first["ETag"]})

    whole = document_bytes(is_internal=False)
    operations = sum(len(path.keys() & METHODS) for path in json.loads(whole)["paths"].values())

    assert len(whole) < BYTES_PER_OPERATION * operations
    assert first["Content-Encoding"] == "gzip"
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first["Cache-Control"]
    assert client.head("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "security", "words"),
    [
        ("/api/v1/me", "get", ["AccessToken", "Session"], "signed in"),
        ("/api/v1/me", "patch", ["Session"], "signed in, in a browser session"),
        ("/api/v1/jobs/{job_id}/claim", "post", ["AccessToken"], "worker"),
        ("/api/v1/repos/{kind}/{namespace}/{name}", "get", ["AccessToken", "Session", ""], REPO_SEE.words),
        (
            "/api/v1/repos/{kind}/{namespace}/{name}/branches/{branch}",
            "delete",
            ["AccessToken", "Session"],
            REPO_ADMIN.words,
        ),
        (
            "/api/v1/repos/{kind}/{namespace}/{name}/access-requests",
            "post",
            ["Session"],
            "everyone who may see the repository, in a browser session",
        ),
    ],
)
def test_the_document_says_which_credential_an_operation_takes(document, path, method, security, words):
    operation = document["paths"][path][method]

    assert [next(iter(way), "") for way in operation["security"]] == security
    assert operation["x-for"] == words
