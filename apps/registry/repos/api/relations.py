"""REST API: relations and derived models."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_choice
from apps.core.rest.fields import PathField, Resource
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation, with_example
from apps.core.rest.view import ApiView, actor_of, list_response
from apps.core.web.policies import requires

from ..addresses import RepoKind
from ..models import Relation, Repo
from ..policies import REPO_SEE
from ..selectors.relations import descendants_of, groups_of, related_by, related_to
from .repo_view import ADDRESS
from .shapes import RepoPage, RepoSerializer


class RelationName(models.TextChoices):
    """The name of each relation in the API; cards and the hub protocol write `finetune`."""

    FINE_TUNE = "fine_tune", Relation.FINETUNE.label
    ADAPTER = "adapter", Relation.ADAPTER.label
    QUANTIZED = "quantized", Relation.QUANTIZED.label
    MERGE = "merge", Relation.MERGE.label
    TRAINED_ON = "trained_on", Relation.TRAINED_ON.label


RELATIONS = dict(zip(RelationName, Relation, strict=True))
NAMES = dict(zip(Relation, RelationName, strict=True))


class RelationField(serializers.ChoiceField):
    """How a repository relates to another one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(RelationName.choices, **options)

    def to_representation(self, value: Any) -> Any:
        return NAMES[Relation(value)].value


class RelatedRepo(Resource):
    """A repository that another one names as its source."""

    kind = serializers.ChoiceField(RepoKind.choices)
    full_name = serializers.CharField(help_text="owner/name as written in the card, perhaps of another site.")
    relation = RelationField(help_text="What the other repository is to this one.")
    url = PathField(
        allow_null=True, help_text="Path of its page; null if it isn't on this site or you can't see it."
    )


class RelationCount(Resource):
    """Number of models with one relation to a repository."""

    relation = RelationField(help_text="What the models are to the repository.")
    count = serializers.IntegerField(help_text="Models that you may see.")


@with_example(
    {
        "sources": [
            {"kind": "model", "full_name": "owner/base", "relation": "fine_tune", "url": "/owner/base"}
        ],
        "descendants": [{"relation": "adapter", "count": 2}],
    }
)
class Relations(Resource):
    """The models and datasets that a repository is derived from, and the number of models derived from it."""

    sources = RelatedRepo(many=True, help_text="At most 40, in the order of the card.")
    descendants = RelationCount(many=True, help_text="Only relations with at least one model.")


@requires(REPO_SEE)
class RelationList(ApiView):
    @operation("get_relations", "relations", Relations, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get the sources of a repository, and the number of models derived from it."""
        actor = actor_of(request)
        sources = [
            {"kind": one.kind, "full_name": one.id, "relation": one.relation, "url": one.href}
            for one in related_by(actor, repo)
        ]
        groups = groups_of(actor, related_to(repo))
        return Response(Relations({"sources": sources, "descendants": groups}).data)


@requires(REPO_SEE)
class Descendants(ApiView):
    @operation(
        "list_descendants",
        "relations",
        RepoPage,
        404,
        params=[
            *ADDRESS,
            in_query("relation", RelationName, "Only models with this relation."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the models derived from a repository, most recently updated first."""
        name = query_choice(request, "relation", RelationName.values)
        relation = RELATIONS[RelationName(name)] if name else ""
        rows = descendants_of(actor_of(request), related_to(repo), relation)
        return list_response(request, rows, RepoSerializer, order=("-updated_at", "id"))
