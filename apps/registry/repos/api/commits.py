"""Commits: lists, one of them, making one, what differs between two."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Need
from apps.core.bodies import takes_body
from apps.core.errors import BadRequest
from apps.core.policies import requires
from apps.core.rest_body import invalid_field, query_str, validated
from apps.core.rest_schema import CURSOR, LIMIT, call, in_path, in_query
from apps.core.rest_view import actor_of, limit_of, page_json
from apps.registry.gitstore import AddFile, AddLarge, Change, Copy, Delete, GitRepo

from ..policies import REPO_READ, REPO_SEE, REPO_WRITE
from ..previews.diffs.deltas import EMPTY_TREE, deltas_between
from ..previews.diffs.files import FileDiff, files_of
from ..previews.history import distance, history_of
from ..services.commit import commit_changes
from .file_shapes import (
    ChangesPage,
    CommitIn,
    CommitPage,
    CommitSerializer,
    Committed,
    ComparisonPage,
    commit_json,
    committed_json,
)
from .opened import ADDRESS, REVISION, RepoView
from .repos import repo_address

COMMIT = in_path("sha", "A commit, in 4 to 40 hex digits, or a branch or tag.")
PLACE_FORM = re.compile(r"([0-9a-f]{40}):(\d{1,8})")
BODY_LIMIT_BYTES = 16 << 20


def cursor_of(sha: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{sha}:{number}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[str, int]:
    """Return the commit that a list began at, and how many of its items came before (raises BadRequest)."""
    try:
        found = PLACE_FORM.fullmatch(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        )
    except (binascii.Error, ValueError):
        found = None
    if not found:
        raise BadRequest("The cursor is not valid.")
    return found[1], int(found[2])


@takes_body(BODY_LIMIT_BYTES)
@requires(REPO_SEE, POST=REPO_WRITE)
class Commits(RepoView):
    content_limit_bytes = BODY_LIMIT_BYTES

    @call(
        "list_commits",
        "commits",
        CommitPage,
        404,
        params=[
            *ADDRESS,
            REVISION,
            in_query("path", about="Only those that changed this file or folder."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, **names: Any) -> Response:
        """List the commits of a revision along first parents, newest first."""
        repo, git, _revision, sha = self.opened_at(request, names, Need.SEE)
        skip, limit, path = 0, limit_of(request), query_str(request, "path").strip("/")
        if cursor := query_str(request, "cursor"):
            sha, skip = place_of(cursor)
        if path:
            found = [
                git.commit(one)
                for one in history_of(git, git.commit(sha).sha, path, limit=limit + 1, skip=skip)
            ]
        else:
            found = git.log(git.commit(sha).sha, limit + 1, skip)
        following = cursor_of(sha, skip + limit) if len(found) > limit else None
        return Response(page_json([commit_json(repo, one) for one in found[:limit]], following))

    @call("create_commit", "commits", Committed, 404, 412, 507, status=201, takes=CommitIn, params=ADDRESS)
    def post(self, request: Request, **names: Any) -> Response:
        """Commit several changes at once: all of them or none. With a parent it is refused if the branch moved meanwhile."""
        repo = self.repo(request, names, Need.WRITE)
        data = validated(request, CommitIn, limit=BODY_LIMIT_BYTES)
        done = commit_changes(
            actor=actor_of(request),
            address=repo.address,
            branch=data.get("branch") or repo.default_branch,
            changes=[change_of(one, place) for place, one in enumerate(data["changes"])],
            message=data["message"],
            description=data["description"],
            parent=data.get("parent"),
        )
        headers = {"Location": f"{repo_address(repo)}/commits/{done.sha}"}
        return Response(committed_json(repo, done.sha, done.ref), status=201, headers=headers)


def change_of(data: dict[str, Any], place: int) -> Change:
    """Return the change that a body names (raises Invalid if something that it needs is missing)."""
    needed = {"put": "content", "put_large": "sha256", "copy": "source"}.get(data["act"])
    if needed and needed not in data:
        raise invalid_field("changes", f"Change {place + 1} ({data['act']}) needs {needed}.")
    if data["act"] == "put":
        return AddFile(data["path"], _content(data, place))
    if data["act"] == "put_large":
        return AddLarge(data["path"], data["sha256"])
    if data["act"] == "copy":
        return Copy(data["source"], data.get("source_revision"), data["path"])
    return Delete(data["path"].strip("/"))


def _content(data: dict[str, Any], place: int) -> bytes:
    text: str = data["content"]
    if data["encoding"] == "utf-8":
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_field("changes", f"Change {place + 1}: the content is not valid base64.") from None


@requires(REPO_SEE)
class Commit(RepoView):
    @call("get_commit", "commits", CommitSerializer, 404, params=[*ADDRESS, COMMIT])
    def get(self, request: Request, **names: Any) -> Response:
        """Read one commit."""
        repo, git = self.opened(request, names, Need.SEE)
        return Response(commit_json(repo, git.commit(git.resolve(names["sha"]))))


@requires(REPO_READ)
class CommitChanges(RepoView):
    @call("list_commit_changes", "commits", ChangesPage, 404, params=[*ADDRESS, COMMIT, CURSOR])
    def get(self, request: Request, **names: Any) -> Response:
        """List the files that a commit changed, against its first parent."""
        _repo, git = self.opened(request, names)
        commit = git.commit(git.resolve(names["sha"]))
        return Response(
            changes_page(
                git,
                commit.parents[0] if commit.parents else EMPTY_TREE,
                commit.sha,
                query_str(request, "cursor"),
            )
        )


@requires(REPO_READ)
class Comparison(RepoView):
    @call(
        "compare",
        "commits",
        ComparisonPage,
        404,
        params=[
            *ADDRESS,
            in_query("base", about="A branch, tag or commit. Default: the default branch."),
            in_query("head", about="The one that may have more.", required=True),
            CURSOR,
        ],
    )
    def get(self, request: Request, **names: Any) -> Response:
        """Compare two revisions. The files are those that the head changed since both held the same."""
        repo, git = self.opened(request, names)
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
    """Return a page of the files that differ (raises BadRequest for a cursor of another comparison)."""
    sha, first = place_of(cursor) if cursor else (head, 0)
    if sha != head:
        raise BadRequest("The cursor is not valid.")
    found = deltas_between(git, base, head, first=first)
    end = first + len(found.rows)
    following = cursor_of(head, end) if found.rows and end < found.count else None
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
