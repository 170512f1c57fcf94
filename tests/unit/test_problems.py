"""Problems of the REST API: titles, pointers, and the parameters of a query."""

from uuid import UUID

import pytest
from django.http import QueryDict
from rest_framework.exceptions import ErrorDetail

from apps.core.errors import (
    InvalidParameter,
    NotFound,
    PreconditionFailed,
    UnknownParameter,
    ValidationFailed,
)
from apps.core.rest.body import InvalidJson
from apps.core.rest.problems import body_errors, problem_body
from apps.core.rest.query import check_query
from apps.core.rest.schema import LIMIT, in_query

PARAMS = {
    param.name: param
    for param in (
        in_query("state", enum=["open", "closed"]),
        in_query("mine", bool),
        in_query("step", int),
        in_query("repo", UUID),
        in_query("tag", many=True),
        in_query("q"),
        LIMIT,
    )
}


@pytest.mark.parametrize(
    ("refusal", "title"),
    [
        (PreconditionFailed(), "Precondition failed"),
        (NotFound(), "Not found"),
        (InvalidJson(), "Invalid JSON"),
        (NotFound(code="RepoNotFound"), "Repo not found"),
    ],
)
def test_a_code_has_a_title(refusal, title):
    assert problem_body(refusal, "id")["title"] == title


def test_nested_details_become_pointers():
    required = ErrorDetail("Required.", code="required")
    detail = {"a": [{}, {"b": [required]}], "c": {"0": {"d": [required]}}, "non_field_errors": ["No."]}

    found = [(error["pointer"], error["code"]) for error in body_errors(detail)]

    assert found == [("#/a/1/b", "required"), ("#/c/0/d", "required"), ("#", "invalid")]


def test_names_of_fields_become_pointers():
    problem = problem_body(ValidationFailed(fields={"inputs.model": "No.", "": "Nothing."}), "id")

    assert [error["pointer"] for error in problem["errors"]] == ["#/inputs/model", "#"]
    assert "fields" not in problem


def test_facts_never_replace_the_members_that_every_problem_has():
    problem = problem_body(NotFound(status=200, title="x", state="open"), "id")

    assert (problem["status"], problem["title"], problem["state"]) == (404, "Not found", "open")


@pytest.mark.parametrize(
    "query", ["", "state=open", "mine=true&step=0", "q=", "tag=&tag=b", "limit=200", f"repo={UUID(int=1)}"]
)
def test_a_declared_query_is_taken(query):
    check_query(QueryDict(query), PARAMS)


@pytest.mark.parametrize(
    "query",
    [
        "state=",
        "state=Open",
        "mine=",
        "mine=1",
        "step=-1",
        "step=x",
        "limit=0",
        "repo=x",
        "q=a&q=b",
        "step=1&step=1",
    ],
)
def test_a_value_that_does_not_fit_is_refused(query):
    with pytest.raises(InvalidParameter) as refused:
        check_query(QueryDict(query), PARAMS)

    assert {error["parameter"] for error in refused.value.errors} == {query.partition("=")[0]}


def test_an_undeclared_parameter_is_refused():
    with pytest.raises(UnknownParameter):
        check_query(QueryDict("name=x&q=y"), PARAMS)
