"""REST API: commits and comparisons."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import BadRequest
from apps.core.rest.body import invalid_field, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, page_json
from apps.core.web.bodies import takes_body
from apps.core.web.pagination import decode_cursor, encode_cursor
from apps.core.web.params import parse_int
from apps.core.web.policies import requires
from apps.registry.gitstore import AddFile, AddLarge, Change, Copy, Delete, GitRepo
from apps.registry.repos.api.repo_view import ADDRESS, REVISION, open_revision
from apps.registry.repos.api.repos import repo_address
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_SEE, REPO_WRITE
from apps.registry.repos.selectors import git_of

from ..previews.diffs.deltas import EMPTY_TREE, deltas_between
from ..previews.diffs.files import FileDiff, files_of
from ..previews.history import distance, history_of
from ..services.commit import commit_changes
from .file_shapes import (
    ChangesPage,
    CommitIn,
    CommitPage,
    CommitResultSerializer,
    CommitSerializer,
    ComparisonPage,
    commit_json,
    commit_result_json,
)

COMMIT = in_path("sha", "A commit ID (4 to 40 hex digits), branch or tag.")
SHA = re.compile(r"[0-9a-f]{40}")
SKIP_LIMIT = 10**8
BODY_LIMIT_BYTES = 16 << 20


def parse_cursor(cursor: str) -> tuple[str, int]:
    """Return the commit that the list started at, and the number of items to skip (raises BadRequest)."""
    sha, digits = decode_cursor(cursor, 2)
    skip = parse_int(digits, most=SKIP_LIMIT)
    if not SHA.fullmatch(sha) or skip is None:
        raise BadRequest("The cursor is not valid.")
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
        git, _revision, sha = open_revision(request, repo)
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
        CommitResultSerializer,
        404,
        412,
        507,
        status=201,
        body=CommitIn,
        params=ADDRESS,
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Commit several changes atomically. With `parent`, the commit is refused if the branch has moved."""
        data = validated(request, CommitIn, limit=BODY_LIMIT_BYTES)
        done = commit_changes(
            actor=actor_of(request),
            address=repo.address,
            branch=data.get("branch") or repo.default_branch,
            changes=[parse_change(one, number) for number, one in enumerate(data["changes"], 1)],
            message=data["message"],
            description=data["description"],
            parent=data.get("parent"),
        )
        headers = {"Location": f"{repo_address(repo)}/commits/{done.sha}"}
        return Response(commit_result_json(repo, done.sha, done.ref), status=201, headers=headers)


def parse_change(data: dict[str, Any], number: int) -> Change:
    """Return the change that one item of a body describes (raises ValidationFailed if a field is missing)."""
    needed = {"put": "content", "put_large": "sha256", "copy": "source"}.get(data["act"])
    if needed and needed not in data:
        raise invalid_field("changes", f"Change {number} ({data['act']}) requires {needed}.")
    if data["act"] == "put":
        return AddFile(data["path"], _content(data, number))
    if data["act"] == "put_large":
        return AddLarge(data["path"], data["sha256"])
    if data["act"] == "copy":
        return Copy(data["source"], data.get("source_revision"), data["path"])
    return Delete(data["path"].strip("/"))


def _content(data: dict[str, Any], number: int) -> bytes:
    text: str = data["content"]
    if data["encoding"] == "utf-8":
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_field("changes", f"Change {number}: the content is not valid base64.") from None


@requires(REPO_SEE)
class Commit(ApiView):
    @operation("get_commit", "commits", CommitSerializer, 404, params=[*ADDRESS, COMMIT])
    def get(self, request: Request, repo: Repo, sha: str) -> Response:
        """Get a commit."""
        git = git_of(repo)
        return Response(commit_json(repo, git.commit(git.resolve(sha))))


@requires(REPO_READ)
class CommitChanges(ApiView):
    @operation("list_commit_changes", "commits", ChangesPage, 404, params=[*ADDRESS, COMMIT, CURSOR])
    def get(self, request: Request, repo: Repo, sha: str) -> Response:
        """List the files that a commit changed relative to its first parent."""
        git = git_of(repo)
        commit = git.commit(git.resolve(sha))
        return Response(
            changes_page(
                git,
                commit.parents[0] if commit.parents else EMPTY_TREE,
                commit.sha,
                query_str(request, "cursor"),
            )
        )


@requires(REPO_READ)
class Comparison(ApiView):
    @operation(
        "compare",
        "commits",
        ComparisonPage,
        404,
        params=[
            *ADDRESS,
            in_query("base", about="A branch, tag or commit. Default: the default branch."),
            in_query("head", about="A branch, tag or commit to compare with the base.", required=True),
            CURSOR,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """Compare two revisions. Lists the files that the head changed since the common ancestor."""
        git = git_of(repo)
        base, head = (
            git.resolve(query_str(request, name) or repo.default_branch) for name in ("base", "head")
        )
        found = distance(git, base, head)
        page = changes_page(git, found.base or base, head, query_str(request, "cursor"))
        return Response(
            {
                "base": base,
                "head": head,
                "common": found.base,
                "ahead": found.ahead,
                "behind": found.behind,
                **page,
            }
        )


def changes_page(git: GitRepo, base: str, head: str, cursor: str) -> dict[str, Any]:
    """Return a page of changed files (raises BadRequest for the cursor of another comparison)."""
    sha, first = parse_cursor(cursor) if cursor else (head, 0)
    if sha != head:
        raise BadRequest("The cursor is not valid.")
    found = deltas_between(git, base, head, first=first)
    end = first + len(found.rows)
    following = encode_cursor(head, end) if found.rows and end < found.count else None
    return {
        "count": found.count,
        **page_json([_change_json(one) for one in files_of(git, found.rows)], following),
    }


def _change_json(file: FileDiff) -> dict[str, Any]:
    old = file.delta.old
    return {
        "path": file.path,
        "old_path": old.path if old and file.delta.status in ("renamed", "copied") else "",
        "status": file.delta.status,
        "old_size": file.old.size if file.old else None,
        "new_size": file.new.size if file.new else None,
        "added_lines": file.added,
        "removed_lines": file.removed,
    }
