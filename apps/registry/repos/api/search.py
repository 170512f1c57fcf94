"""REST API: search."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidCursor
from apps.core.rest.body import invalid_parameter, query_str
from apps.core.rest.fields import OptionalTextField, PathField, Resource, TimestampField
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation, with_example
from apps.core.rest.view import ApiView, actor_of, limit_of
from apps.core.search.providers import Hit
from apps.core.search.selectors import MOST, SearchResults, parse_start, search, tab_keys
from apps.core.search.words import TEXT_LIMIT
from apps.core.web.policies import PUBLIC, requires


class SearchHit(Resource):
    """A search result."""

    kind = serializers.CharField(help_text="Kind of result, as in `kinds`.")
    name = serializers.CharField(help_text="`full_name` of a repository, `name` of a user or organization.")
    title = OptionalTextField(help_text="Title of a card or topic, or display name of an account.")
    description = OptionalTextField(help_text="A sentence or two about it.")
    url = PathField(help_text="Path of the result's page.")
    is_private = serializers.BooleanField(help_text="Whether only some people see it.")
    updated_at = TimestampField(allow_null=True)


class SearchCount(Resource):
    """Number of results of one kind."""

    kind = serializers.CharField(help_text="Kind of result, for the parameter `kind`.")
    count = serializers.IntegerField(help_text=f"At most {MOST}.")


@with_example(
    {
        "query": "llama",
        "corrected": False,
        "kinds": [{"kind": "model", "count": 1}],
        "items": [
            {
                "kind": "model",
                "name": "owner/tiny-llama",
                "title": "Tiny llama",
                "description": None,
                "url": "/owner/tiny-llama",
                "is_private": False,
                "updated_at": "2026-01-31T12:00:00.000Z",
            }
        ],
        "next_cursor": None,
    }
)
class SearchPage(Resource):
    """Search results: the best of each kind, or a page of the requested kind."""

    query = OptionalTextField(help_text="The words searched for; corrected if yours had no results.")
    corrected = serializers.BooleanField(help_text="Whether `query` differs from the words of the request.")
    kinds = SearchCount(many=True, help_text="Every kind of result, with its number of matches.")
    items = SearchHit(many=True)
    next_cursor = serializers.CharField(
        allow_null=True,
        help_text="Pass it as cursor to get the next page; null on the last page and without `kind`.",
    )


def search_json(found: SearchResults, limit: int) -> dict[str, Any]:
    hits = [hit for group in found.groups for hit in group.hits]
    following = str(found.next_start) if found.next_start is not None else None
    page = {
        "query": " ".join(found.effective_query.words),
        "corrected": found.was_corrected,
        "kinds": [{"kind": tab.key, "count": count} for tab, count in found.tabs],
        "items": [hit_json(hit) for hit in hits[:limit]],
        "next_cursor": following,
    }
    return dict(SearchPage(page).data)


def hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.tab.key,
        "name": hit.name,
        "title": hit.title,
        "description": hit.about,
        "url": hit.href,
        "is_private": hit.is_private,
        "updated_at": hit.updated_at,
    }


@requires(PUBLIC)
class Search(ApiView):
    @operation(
        "search_all",
        "search",
        SearchPage,
        params=[
            in_query("q", about="Words, all of which must match.", required=True),
            in_query("kind", about="Only this kind, in pages; see `kinds` of the response."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """Search everything that you may see. If nothing matches, similar words are searched for.

        Without `kind`, the response has the best five results of each kind and no further pages.
        """
        text, kind, limit = query_str(request, "q"), query_str(request, "kind"), limit_of(request)
        cursor = query_str(request, "cursor")
        if kind and kind not in tab_keys():
            raise invalid_parameter(
                "kind", f"Must be one of {', '.join(sorted(tab_keys()))}.", "invalid_choice"
            )
        if cursor and not kind:
            raise InvalidCursor("A cursor requires kind.")
        found = search(
            actor_of(request), text[:TEXT_LIMIT], tab=kind, start=parse_start(cursor or "0"), page=limit
        )
        return Response(search_json(found, limit))
