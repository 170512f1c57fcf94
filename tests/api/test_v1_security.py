"""The document's `security` is what the REST API enforces."""

import re

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.api.matrix import a_scene, cells, code_of, send
from tests.architecture.urls import routes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TOKEN, SESSION = "AccessToken", "Session"


def plain(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


@pytest.fixture(scope="module")
def security() -> dict[tuple[str, str], set[str]]:
    """The credentials of each operation; an operation without a need for one has an empty name too."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return {
        (plain(path), method.upper()): {name for way in operation["security"] for name in way or {"": []}}
        for path, calls in document["paths"].items()
        for method, operation in calls.items()
    }


def answers(cast, name: str):
    """Yield (method, path template, response to the caller) for every operation on public objects."""
    scene = a_scene(cast)
    caller = next(one for one in scene.callers if one.name == name)
    for route in routes():
        if not route.path.startswith("api/v1/"):
            continue
        for target, method, template, path, _owners in cells(scene, route):
            if not target.name.startswith(("private", "gated")):
                yield method, plain(template), send(caller, method, path)


def test_a_write_token_may_call_what_the_document_says_and_nothing_else(cast, security):
    wrong, seen = [], set()
    for method, template, response in answers(cast, "write token"):
        if (template, method) not in security:
            continue
        seen.add((template, method))
        is_session_only = not security[template, method] & {TOKEN, ""}
        if (code_of(response) == "PeopleOnly") != is_session_only:
            wrong.append(f"{method} {template}: {response.status_code} {code_of(response)}")

    assert wrong == []
    assert seen == set(security)


def test_a_session_is_refused_where_the_document_names_tokens_only(cast, security):
    wrong, found = [], 0
    for method, template, response in answers(cast, "owner"):
        if SESSION in security.get((template, method), {SESSION}) or "" in security[template, method]:
            continue
        found += 1
        if response.status_code not in (401, 403, 404):
            wrong.append(f"{method} {template}: {response.status_code}")

    assert wrong == []
    assert found
