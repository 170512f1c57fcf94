"""REST API: commits and comparisons."""

from __future__ import annotations

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidCursor
from apps.core.rest.body import query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, limit_of, page_json
from apps.core.web.bodies import takes_body
from apps.core.web.pagination import decode_cursor, encode_cursor
from apps.core.web.params import parse_int
from apps.core.web.policies import requires
from apps.registry.gitstore import GitRepo
from apps.registry.gitstore.deltas import EMPTY_TREE, deltas_between
from apps.registry.repos.api.repo_view import ADDRESS, REVISION, open_revision
from apps.registry.repos.api.repos import repo_path
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_SEE, REPO_WRITE
from apps.registry.repos.selectors import git_of

from ..previews.diffs.files import FileDiff, files_of
from ..previews.history import distance, history_of
from ..services.commit import commit_changes
from .commit_bodies import CommitCreate, changes_of
from .file_shapes import (
    CommitPage,
    CommitResult,
    CommitSerializer,
    Comparison,
    FileChangePage,
    commit_json,
    commit_result_json,
)

COMMIT = in_path("sha", "A commit ID (4 to 40 hex digits), branch or tag.")
SHA = re.compile(r"[0-9a-f]{40}")
SKIP_LIMIT = 10**8
BODY_LIMIT_BYTES = 16 << 20


def parse_cursor(cursor: str) -> tuple[str, int]:
    """Return the commit that the list started at, and the number of items to skip (raises InvalidCursor)."""
    sha, digits = decode_cursor(cursor, 2)
    skip = parse_int(digits, most=SKIP_LIMIT)
    if not SHA.fullmatch(sha) or skip is None:
        raise InvalidCursor
    return sha, skip


@takes_body(BODY_LIMIT_BYTES)
@requires(REPO_SEE, POST=REPO_WRITE)
class Commits(ApiView):
    content_limit_bytes = BODY_LIMIT_BYTES

    @operation(
        "list_commits",
        "commits",
        CommitPage,
        404,
        params=[
            *ADDRESS,
            REVISION,
            in_query("path", about="Only commits that changed this file or folder."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the commits of a revision, following first parents, newest first."""
        git, sha = open_revision(request, repo)
        skip, limit, path = 0, limit_of(request), query_str(request, "path").strip("/")
        if cursor := query_str(request, "cursor"):
            sha, skip = parse_cursor(cursor)
        if path:
            found = [
                git.commit(one)
                for one in history_of(git, git.commit(sha).sha, path, limit=limit + 1, skip=skip)
            ]
        else:
            found = git.log(git.commit(sha).sha, limit + 1, skip)
        following = encode_cursor(sha, skip + limit) if len(found) > limit else None
        return Response(page_json([commit_json(repo, one) for one in found[:limit]], following))

    @operation(
        "create_commit",
        "commits",
        CommitResult,
        404,
        412,
        507,
        status=201,
        body=CommitCreate,
        params=ADDRESS,
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Commit several operations atomically.

        With `parent_sha`, the commit is refused if the branch has moved.
        """
        data = validated(request, CommitCreate, limit=BODY_LIMIT_BYTES)
        done = commit_changes(
            actor=actor_of(request),
            address=repo.address,
            branch=data.get("branch") or repo.default_branch,
            changes=[change for one in data["operations"] for change in changes_of(one)],
            message=data["message"],
            description=data.get("description") or "",
            parent=data.get("parent_sha"),
        )
        body = commit_result_json(repo, done.sha, done.ref, done.warnings)
        return created(body, f"{repo_path(repo)}/commits/{done.sha}")


@requires(REPO_SEE)
class Commit(ApiView):
    @operation("get_commit", "commits", CommitSerializer, 404, params=[*ADDRESS, COMMIT])
    def get(self, request: Request, repo: Repo, sha: str) -> Response:
        """Get a commit."""
        git = git_of(repo)
        return Response(commit_json(repo, git.commit(git.resolve(sha))))


@requires(REPO_READ)
class CommitChanges(ApiView):
    @operation(
        "list_commit_changes", "commits", FileChangePage, 404, params=[*ADDRESS, COMMIT, CURSOR, LIMIT]
    )
    def get(self, request: Request, repo: Repo, sha: str) -> Response:
        """List the files that a commit changed relative to its first parent."""
        git = git_of(repo)
        commit = git.commit(git.resolve(sha))
        base = commit.parents[0] if commit.parents else EMPTY_TREE
        return Response(FileChangePage(changes_page(request, git, base, commit.sha)).data)


@requires(REPO_READ)
class RevisionComparison(ApiView):
    @operation(
        "compare_revisions",
        "commits",
        Comparison,
        404,
        params=[
            *ADDRESS,
            in_query("base", about="A branch, tag or commit.", required=True),
            in_query("head", about="A branch, tag or commit to compare with the base.", required=True),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """Compare two revisions. Lists the files that the head changed since the common ancestor."""
        git = git_of(repo)
        base, head = (git.resolve(query_str(request, name)) for name in ("base", "head"))
        found = distance(git, base, head)
        comparison = {
            "base": base,
            "head": head,
            "merge_base": found.base,
            "ahead": found.ahead,
            "behind": found.behind,
            **changes_page(request, git, found.base or base, head),
        }
        return Response(Comparison(comparison).data)


def changes_page(request: Request, git: GitRepo, base: str, head: str) -> dict[str, Any]:
    """Return a page of changed files (raises InvalidCursor for the cursor of another comparison)."""
    cursor, limit = query_str(request, "cursor"), limit_of(request)
    sha, first = parse_cursor(cursor) if cursor else (head, 0)
    if sha != head:
        raise InvalidCursor
    found = deltas_between(git, base, head, first=first, count=limit)
    end = first + len(found.rows)
    following = encode_cursor(head, end) if found.rows and end < found.count else None
    changes = [change_json(one) for one in files_of(git, found.rows)]
    return {"total_count": found.count, **page_json(changes, following)}


def change_json(file: FileDiff) -> dict[str, Any]:
    old = file.delta.old
    return {
        "path": file.path,
        "old_path": old.path if old and file.delta.status in ("renamed", "copied") else None,
        "status": file.delta.status,
        "old_size_bytes": file.old.size if file.old else None,
        "new_size_bytes": file.new.size if file.new else None,
        "added_lines": file.added if file.has_lines else None,
        "removed_lines": file.removed if file.has_lines else None,
    }
