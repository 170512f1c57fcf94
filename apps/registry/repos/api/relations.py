"""REST API: relations and derived models."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_choice, query_str
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation, with_example
from apps.core.rest.view import ApiView, actor_of, limit_of, page_response
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..addresses import RepoKind
from ..models import Relation, Repo
from ..policies import REPO_SEE
from ..selectors.relations import descendants_of, groups_of, related_by, related_to
from .repo_view import ADDRESS
from .shapes import RepoPage, RepoSerializer

RELATION = in_query("relation", enum=Relation.values, about="Only models with this relation.")


class NamedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(RepoKind.choices)
    id = serializers.CharField(help_text="owner/name, as written in the card.")
    relation = serializers.ChoiceField(Relation.choices, help_text="How the repository relates to it.")
    url = serializers.CharField(
        allow_blank=True, help_text="URL of the page; empty if it isn't on this site, or you can't see it."
    )


class CountPart(serializers.Serializer[Any]):
    relation = serializers.ChoiceField(Relation.choices)
    count = serializers.IntegerField()


@with_example(
    {
        "sources": [{"kind": "model", "id": "owner/base", "relation": "finetune", "url": "/owner/base"}],
        "descendants": [{"relation": "adapter", "count": 2}],
    }
)
class Relations(serializers.Serializer[Any]):
    """The models and datasets that a repository is derived from, and the number of models derived from it."""

    sources = NamedSerializer(many=True)
    descendants = CountPart(many=True)


@requires(REPO_SEE)
class RelationList(ApiView):
    @operation("get_relations", "relations", Relations, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get the sources of a repository, and the number of models derived from it."""
        actor = actor_of(request)
        sources = [
            {"kind": one.kind, "id": one.id, "relation": one.relation, "url": one.href}
            for one in related_by(actor, repo)
        ]
        groups = [
            {"relation": str(group.relation), "count": group.count}
            for group in groups_of(actor, related_to(repo))
        ]
        return Response({"sources": sources, "descendants": groups})


@requires(REPO_SEE)
class Descendants(ApiView):
    @operation("list_descendants", "relations", RepoPage, 404, params=[*ADDRESS, RELATION, CURSOR, LIMIT])
    def get(self, request: Request, repo: Repo) -> Response:
        """List the models derived from a repository, most recently updated first."""
        relation = query_choice(request, "relation", Relation.values)
        rows = descendants_of(actor_of(request), related_to(repo), relation)
        page = page_by_cursor(
            rows, order=("-updated_at", "id"), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        return page_response(page, RepoSerializer)
