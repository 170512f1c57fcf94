"""A deprecated operation says so in the document, in the reference and in each of its responses."""

from datetime import date
from email.utils import parsedate_to_datetime

import pytest
from django.test import RequestFactory
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from apps.core.actor import ANONYMOUS
from apps.core.errors import NotFound
from apps.core.rest.deprecation import Deprecation
from apps.core.rest.generator import Generator
from apps.core.rest.reference.reader import Reader
from apps.core.rest.schema import in_query, operation
from apps.core.rest.view import ApiView
from apps.core.web.policies import PUBLIC, requires

OLD = Deprecation(date(2027, 1, 1), date(2028, 1, 1), link="/api/v1/docs#list_plants")


class Plant(serializers.Serializer):
    """A plant."""

    name = serializers.CharField()


@requires(PUBLIC)
class Plants(ApiView):
    @operation(
        "get_plant", "search", Plant, 404, params=[in_query("missing"), in_query("next")], deprecated=OLD
    )
    def get(self, request):
        """Get a plant."""
        if "missing" in request.query_params:
            raise NotFound
        return Response({"name": "oak", "next_cursor": request.query_params.get("next")})

    @operation("set_plant", "search", Plant)
    def put(self, request):
        """Set a plant."""
        return Response({"name": "oak"})


def call(method="GET", query=""):
    request = RequestFactory().generic(method, f"/api/v1/plant{query}")
    request.actor = ANONYMOUS
    return Plants.as_view()(request)


@pytest.fixture
def described(settings):
    settings.PUBLIC_URL = "https://example.com"
    return Generator(patterns=[path("api/v1/plant", Plants.as_view())]).get_schema(request=None, public=True)


@pytest.mark.parametrize("query", ["", "?missing=1"])
def test_its_responses_say_since_when_and_until_when(db, settings, query):
    settings.PUBLIC_URL = "https://example.com"
    answer = call(query=query)

    assert answer["Deprecation"] == "@1798761600"
    assert parsedate_to_datetime(answer["Sunset"]).date() == date(2028, 1, 1)
    assert (
        answer["Link"] == '<https://example.com/api/v1/docs#list_plants>; rel="deprecation"; type="text/html"'
    )


def test_the_next_page_is_still_named(db):
    links = call(query="?next=abc")["Link"].split(", ")

    assert [link.partition("rel=")[2].split('"')[1] for link in links] == ["next", "deprecation"]


def test_other_operations_say_nothing(db):
    assert "Deprecation" not in call("PUT")


def test_the_document_marks_it(described):
    calls = described["paths"]["/api/v1/plant"]

    assert calls["get"]["deprecated"] is True
    assert calls["get"]["x-deprecation"] == {
        "since": "2027-01-01",
        "sunset": "2028-01-01",
        "link": "https://example.com/api/v1/docs#list_plants",
    }
    assert {"Deprecation", "Sunset"} <= set(calls["get"]["responses"]["200"]["headers"])
    assert "deprecated" not in calls["put"]


def test_the_reference_shows_until_when_it_works(described):
    (group,) = Reader(described).read().groups

    assert [(one.id, one.deprecation) for one in group.operations] == [
        ("get_plant", "2028-01-01"),
        ("set_plant", ""),
    ]


def test_clients_have_at_least_twelve_months():
    with pytest.raises(ValueError, match="365"):
        Deprecation(date(2027, 1, 1), date(2027, 12, 31))
