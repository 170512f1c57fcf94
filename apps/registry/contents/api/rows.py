"""REST API: dataset rows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str
from apps.core.rest.fields import OptionalTextField, Resource
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation, with_example
from apps.core.rest.view import ApiView, limit_of
from apps.core.web.pagination import encode_cursor
from apps.core.web.policies import requires
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.api.repo_view import ADDRESS, REVISION
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.selectors import git_of

from ..previews.viewer import View, open_view
from .file_shapes import SHA_EXAMPLE
from .files import parse_cursor


class DataSplit(Resource):
    """A split of a dataset."""

    subset = serializers.CharField(help_text="Name of the subset (configuration).")
    name = serializers.CharField(help_text="Name of the split, such as train.")
    files = serializers.ListField(child=serializers.CharField(), help_text="At most the first 200.")


@with_example(
    {
        "commit_sha": SHA_EXAMPLE,
        "splits": [{"subset": "default", "name": "train", "files": ["train.csv"]}],
        "subset": "default",
        "split": "train",
        "file": "train.csv",
        "columns": ["text", "label"],
        "items": [["A quiet, well made film.", 1]],
        "first": 0,
        "total_count": None,
        "notes": [],
        "problem": None,
        "next_cursor": None,
    }
)
class RowsPage(Resource):
    """A page of the rows of a dataset's file. All pages are of the same commit, even if the branch moves."""

    commit_sha = serializers.CharField(allow_null=True, help_text="null if the dataset has no commit yet.")
    splits = DataSplit(many=True, help_text="All splits of the dataset.")
    subset = OptionalTextField(help_text="Subset of the rows.")
    split = OptionalTextField(help_text="Split of the rows.")
    file = OptionalTextField(help_text="File of the rows.")
    columns = serializers.ListField(
        child=serializers.CharField(), help_text="Names, in the order of the file."
    )
    items = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="Rows, with one value per column.",
    )
    first = serializers.IntegerField(help_text="Number of the first row, from 0.")
    total_count = serializers.IntegerField(allow_null=True, help_text="Rows of the file, if known.")
    notes = serializers.ListField(
        child=serializers.CharField(),
        help_text="Remarks about the file for people, such as a guessed delimiter.",
    )
    problem = OptionalTextField(help_text="Why the rows cannot be shown; null if they can.")
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
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the rows of a dataset."""
        if repo.kind != RepoKind.DATASET:
            raise EntryNotFound("Only datasets have rows.")
        git = git_of(repo)
        revision, cursor = query_str(request, "revision"), query_str(request, "cursor")
        sha, at = git.resolve(revision) if revision else git.find(repo.default_branch), ""
        if cursor:
            sha, at = parse_cursor(cursor)
        wanted = {
            "subset": query_str(request, "subset"),
            "split": query_str(request, "split"),
            "file": query_str(request, "file"),
        }
        limit = limit_of(request)
        view = open_view(repo, git, sha, {**wanted, "at": at}, count=limit) if sha else View([])
        return Response(RowsPage(rows_json(view, sha)).data)


def rows_json(view: View, sha: str | None) -> dict[str, Any]:
    following = encode_cursor(sha, view.table.next) if view.table.next else None
    return {
        "commit_sha": sha,
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
        "total_count": view.table.total,
        "notes": [str(note) for note in view.table.notes],
        "problem": view.problem,
        "next_cursor": following,
    }
