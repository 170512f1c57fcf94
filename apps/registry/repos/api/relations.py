"""REST API: relations, derived models, lineage, dataset rows."""

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
from apps.registry.contents.previews.viewer import View, open_view
from apps.toolchain.jobs.selectors import lineage_for

from ..addresses import RepoKind
from ..errors import EntryNotFound
from ..models import Relation, Repo
from ..policies import REPO_READ, REPO_SEE
from ..selectors import git_of
from ..selectors.relations import descendants_of, groups_of, related_by, related_to
from .repo_view import ADDRESS, REVISION
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


class NodePart(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    is_current = serializers.BooleanField()


@with_example(
    {
        "nodes": [
            {
                "key": "model:1",
                "title": "owner/base",
                "note": "Model",
                "url": "/owner/base",
                "is_current": True,
            }
        ],
        "edges": [["model:1", "job:2"]],
    }
)
class Graph(serializers.Serializer[Any]):
    """Repositories and the jobs between them: nodes, and edges as pairs of keys, source first."""

    nodes = NodePart(many=True)
    edges = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    )


class SplitPart(serializers.Serializer[Any]):
    subset = serializers.CharField()
    name = serializers.CharField()
    files = serializers.ListField(child=serializers.CharField(), help_text="At most the first 200.")


@with_example(
    {
        "splits": [{"subset": "default", "name": "train", "files": ["train.csv"]}],
        "subset": "default",
        "split": "train",
        "file": "train.csv",
        "columns": ["text", "label"],
        "items": [["A quiet, well made film.", 1]],
        "first": 0,
        "total": None,
        "notes": [],
        "problem": "",
        "next_cursor": None,
    }
)
class RowsPage(serializers.Serializer[Any]):
    """A page of the rows of a dataset."""

    splits = SplitPart(many=True)
    subset = serializers.CharField(allow_null=True)
    split = serializers.CharField(allow_null=True)
    file = serializers.CharField(allow_null=True)
    columns = serializers.ListField(child=serializers.CharField())
    items = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(allow_null=True)),
        help_text="Rows, with one value per column.",
    )
    first = serializers.IntegerField(help_text="Number of the first row, from 0.")
    total = serializers.IntegerField(allow_null=True, help_text="Rows of the file, if known.")
    notes = serializers.ListField(child=serializers.CharField())
    problem = serializers.CharField(allow_blank=True, help_text="Why the rows cannot be shown.")
    next_cursor = serializers.CharField(allow_null=True)


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


@requires(REPO_SEE)
class LineageGraph(ApiView):
    @operation("get_lineage", "relations", Graph, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get the lineage of a repository: jobs, their inputs and outputs."""
        graph = lineage_for(repo.pk, actor_of(request))
        nodes = [
            {
                "key": one.key,
                "title": one.label,
                "note": one.kind,
                "url": one.href,
                "is_current": one.is_current,
            }
            for one in graph.nodes
        ]
        return Response({"nodes": nodes, "edges": [list(pair) for pair in graph.edges]})


@requires(REPO_READ)
class Rows(ApiView):
    @operation(
        "list_rows",
        "relations",
        RowsPage,
        404,
        params=[
            *ADDRESS,
            REVISION,
            in_query("subset", about="Default: the first subset."),
            in_query("split", about="Default: the first split."),
            in_query("file", about="A file of the split. Default: the first file."),
            CURSOR,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the rows of a dataset, 50 per page."""
        if repo.kind != RepoKind.DATASET:
            raise EntryNotFound("Only datasets have rows.")
        git = git_of(repo)
        revision = query_str(request, "revision")
        sha = git.resolve(revision) if revision else git.find(repo.default_branch)
        wanted = {
            "subset": query_str(request, "subset"),
            "split": query_str(request, "split"),
            "file": query_str(request, "file"),
        }
        view = open_view(repo, git, sha, {**wanted, "at": query_str(request, "cursor")}) if sha else View([])
        return Response(rows_json(view))


def rows_json(view: View) -> dict[str, Any]:
    return {
        "splits": [
            {"subset": one.subset, "name": one.name, "files": [file.path for file in one.files[:200]]}
            for one in view.splits
        ],
        "subset": view.split.subset if view.split else None,
        "split": view.split.name if view.split else None,
        "file": view.file.path if view.file else None,
        "columns": view.table.columns,
        "items": view.table.rows,
        "first": view.table.first,
        "total": view.table.total,
        "notes": [str(note) for note in view.table.notes],
        "problem": view.problem,
        "next_cursor": str(view.table.next) if view.table.next else None,
    }
