"""REST API: dataset rows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str
from apps.core.rest.schema import CURSOR, in_query, operation, with_example
from apps.core.rest.view import ApiView
from apps.core.web.policies import requires
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.api.repo_view import ADDRESS, REVISION
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.selectors import git_of

from ..previews.viewer import View, open_view


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
