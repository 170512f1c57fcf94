"""REST API: every call with valid and invalid values; `python -m tests.tools.fuzz api` runs longer."""

from __future__ import annotations

import contextlib
import json
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from apps.core.rest.components import METHODS
from apps.core.rest.generator import full_document
from tests.api.matrix import session_of
from tests.seed import a_dataset, a_model
from tests.tools.fuzz.checks import UNREAD, is_unread

pytestmark = pytest.mark.slow

EXAMPLES = 2
KNOWN = {
    "kind": "model",
    "namespace": "owner",
    "name": "tiny-sentiment",
    "path": "README.md",
    "sha": "main",
    "branch": "main",
    "tag": "v1",
    "person": "stranger",
}
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def document():
    return full_document()


@pytest.fixture
def owner(cast) -> Client:
    """The owner with a browser session, which may do what tokens may not."""
    a_model(cast.owner), a_dataset(cast.owner)
    client = session_of(cast.owner)
    client.raise_request_exception = False
    return client


def sent(client: Client, case):
    """Send a case as a server would, and roll back the database."""
    names = {name: KNOWN.get(name, value) for name, value in case.path_parameters.items()}
    path = case.path
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="/"))
    body, kind = b"", "application/json"
    if not isinstance(case.body, type(schemathesis.core.NOT_SET)):
        kind = case.media_type or kind
        body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
    kept = {
        name: value
        for name, value in (case.headers or {}).items()
        if name.lower() not in ("authorization", "cookie")
    }
    environ = {f"HTTP_{name.upper().replace('-', '_')}": str(value) for name, value in kept.items()}
    query = urlencode(
        {name: value for name, value in (case.query or {}).items() if value is not None}, doseq=True
    )
    with transaction.atomic():
        response = client.generic(case.method, path, body, kind, QUERY_STRING=query, **environ)
        transaction.set_rollback(True)
    return response


def wrong_with(response, operation: dict, document: dict) -> str:
    """Return how a response deviates from the OpenAPI document."""
    answer = operation["responses"].get(str(response.status_code))
    if response.status_code >= 500 or answer is None:
        fault = getattr(response, "exc_info", None)
        return f"{response.status_code} is not documented: {response.content[:300]!r} {fault}"
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    kind = response.get("Content-Type", "").partition(";")[0]
    content = answer.get("content", {})
    if not content or response.status_code == 304:
        return ""
    if kind not in content:
        return f"{response.status_code} as {kind}"
    checker = Draft202012Validator({**content[kind]["schema"], "components": document["components"]})
    return "; ".join(error.message[:200] for error in checker.iter_errors(response.json()))


def misread(response, mode: GenerationMode) -> str:
    """Return how a valid request was refused as one that cannot be read."""
    if mode is GenerationMode.POSITIVE and response.status_code in UNREAD:
        problem = response.json()
        return f"{problem} for a valid request" if is_unread(response.status_code, problem) else ""
    return ""


def operations(document):
    schema = schemathesis.openapi.from_dict(document)
    for path, calls in document["paths"].items():
        for method in METHODS:
            if method in calls:
                yield schema[path][method.upper()], calls[method]


def try_cases(operation, mode: GenerationMode, look) -> None:
    """Call `look` with some cases of an operation; none if no invalid case exists."""

    @seed(1)
    @QUICK
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case):
        look(case)

    with contextlib.suppress(Unsatisfiable):
        each()


# Invalid cases are slow to generate, so the short run takes every third operation.
@pytest.mark.parametrize(("mode", "every"), [(GenerationMode.POSITIVE, 1), (GenerationMode.NEGATIVE, 3)])
def test_every_answer_is_one_that_the_document_names(owner, document, mode, every):
    wrong, looked = [], []

    for operation, call in list(operations(document))[::every]:

        def look(case, call=call):
            looked.append(case)
            response = sent(owner, case)
            fault = wrong_with(response, call, document) or misread(response, mode)
            if fault:
                wrong.append(f"{case.method} {case.path} {case.query} {case.body!r:.200}: {fault}")

        try_cases(operation, mode, look)

    assert wrong == []
    assert len(looked) > 40


def test_an_answer_that_the_document_does_not_name_is_noticed(owner, document):
    found = document["paths"]["/api/v1/me"]["get"]
    answer = owner.get("/api/v1/me")

    assert wrong_with(answer, found, document) == ""
    assert wrong_with(answer, {"responses": {"204": {}}}, document)
    assert wrong_with(answer, document["paths"]["/api/v1/me/emails"]["get"], document)
