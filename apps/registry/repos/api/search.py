"""REST API: search."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import BadRequest
from apps.core.rest.body import query_str
from apps.core.rest.schema import CURSOR, in_query, operation, with_example
from apps.core.rest.view import ApiView, actor_of
from apps.core.search.providers import Hit
from apps.core.search.selectors import MOST, parse_start, search, tab_keys
from apps.core.search.words import TEXT_LIMIT
from apps.core.web.policies import PUBLIC, requires


class HitPart(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="Kind of result, as in `kinds`.")
    name = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    about = serializers.CharField(allow_blank=True)
    url = serializers.CharField(help_text="URL of the page.")
    is_private = serializers.BooleanField()
    updated_at = serializers.DateTimeField(allow_null=True)


class KindPart(serializers.Serializer[Any]):
    kind = serializers.CharField()
    count = serializers.IntegerField(help_text=f"At most {MOST}.")


@with_example(
    {
        "asked": "llama",
        "was_corrected": False,
        "kinds": [{"kind": "model", "count": 1}],
        "items": [
            {
                "kind": "model",
                "name": "owner/tiny-llama",
                "title": "Tiny llama",
                "about": "",
                "url": "/owner/tiny-llama",
                "is_private": False,
                "updated_at": "2026-01-31T12:00:00Z",
            }
        ],
        "next_cursor": None,
    }
)
class SearchPage(serializers.Serializer[Any]):
    """Search results: the best of each kind, or a page of the requested kind."""

    asked = serializers.CharField(
        allow_blank=True, help_text="The words searched for; corrected if yours had no results."
    )
    was_corrected = serializers.BooleanField()
    kinds = KindPart(many=True)
    items = HitPart(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Only if a kind was requested.")


def hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.tab.key,
        "name": hit.name,
        "title": hit.title,
        "about": hit.about,
        "url": hit.href,
        "is_private": hit.is_private,
        "updated_at": hit.updated_at,
    }


@requires(PUBLIC)
class Search(ApiView):
    @operation(
        "search",
        "search",
        SearchPage,
        params=[
            in_query("q", about="Words, all of which must match.", required=True),
            in_query("kind", about="Only this kind, in pages; see `kinds` of the response."),
            CURSOR,
        ],
    )
    def get(self, request: Request) -> Response:
        """Search everything that you may see. If nothing matches, similar words are searched for."""
        text, kind, cursor = (
            query_str(request, "q"),
            query_str(request, "kind"),
            query_str(request, "cursor") or "0",
        )
        if kind and kind not in tab_keys():
            raise BadRequest("Unknown kind of result.")
        found = search(actor_of(request), text[:TEXT_LIMIT], tab=kind, start=parse_start(cursor))
        return Response(
            {
                "asked": " ".join(found.effective_query.words),
                "was_corrected": found.was_corrected,
                "kinds": [{"kind": tab.key, "count": count} for tab, count in found.tabs],
                "items": [hit_json(hit) for group in found.groups for hit in group.hits],
                "next_cursor": str(found.next_start) if found.next_start is not None else None,
            }
        )
