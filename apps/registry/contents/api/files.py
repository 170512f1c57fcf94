"""REST API: folders and files."""

from __future__ import annotations

import hashlib
import re
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidCursor, PreconditionFailed
from apps.core.rest.body import query_bool, query_str
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, limit_of, page_json
from apps.core.web.bodies import takes_body
from apps.core.web.etags import matches_etag
from apps.core.web.http import body_blocks, declared_length
from apps.core.web.pagination import decode_cursor, encode_cursor
from apps.core.web.policies import requires
from apps.core.web.spool import spool_folder
from apps.registry.blobs.selectors import objects_for
from apps.registry.blobs.services import UploadContext, reserve_bytes
from apps.registry.gitstore import Delete, Entry
from apps.registry.gitstore.paths import check_path
from apps.registry.repos.api.repo_view import ADDRESS, REVISION, open_revision
from apps.registry.repos.api.repos import repo_path
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_SEE, REPO_WRITE
from apps.registry.repos.selectors import git_of

from ..selectors.changes import last_commits
from ..services import commit as commits
from ..services.upload import ReceivedFile, upload_files
from .file_shapes import CommitResult, FileEntry, TreePage, commit_result_json, entry_json

PATH = in_path("path", "Path in the repository.")
BRANCH = in_query("branch", about="Default: the default branch.")
MESSAGE = in_query("message", about="Commit message. Default: describes the change.")
NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="* to fail if the file exists."
)
SHA = re.compile(r"[0-9a-f]{40}")
MESSAGE_LIMIT = 1000


def parse_cursor(cursor: str) -> tuple[str, str]:
    """Return the commit, and the path that the page starts after (raises InvalidCursor)."""
    sha, path = decode_cursor(cursor, 2)
    if not SHA.fullmatch(sha):
        raise InvalidCursor
    return sha, path


def content_tag(entry: Entry) -> str:
    """Return the entity tag of a file's content, as in downloads."""
    return f'"{entry.pointer.oid if entry.pointer else entry.oid}"'


@requires(REPO_SEE)
class Tree(ApiView):
    @operation(
        "list_tree",
        "files",
        TreePage,
        404,
        params=[
            *ADDRESS,
            REVISION,
            in_query("path", about="A folder. Default: the root."),
            in_query("recursive", bool, "Include subfolders."),
            in_query("expand", bool, "Include the last commit that changed each entry."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List a folder in git's order. All pages are of the same commit, even if the branch moves."""
        git, sha = open_revision(request, repo)
        after, limit, path = "", limit_of(request), query_str(request, "path").strip("/")
        if cursor := query_str(request, "cursor"):
            sha, after = parse_cursor(cursor)
        found = list(islice(git.tree(sha, path, query_bool(request, "recursive"), after=after), limit + 1))
        entries = found[:limit]
        last = (
            last_commits(git, sha, [one.path for one in entries], under=path)
            if query_bool(request, "expand")
            else {}
        )
        objects = objects_for(repo.pk, [one.pointer.oid for one in entries if one.pointer])
        links = Links(repo.address, sha)
        items = [entry_json(one, links, objects, last.get(one.path)) for one in entries]
        following = encode_cursor(sha, entries[-1].path) if len(found) > limit else None
        return Response(TreePage({"commit_sha": sha, **page_json(items, following)}).data)


@takes_body(lambda: settings.UPLOAD_LIMIT_BYTES)
@requires(REPO_READ, PUT=REPO_WRITE, DELETE=REPO_WRITE)
class File(ApiView):
    """One file. Its ETag is that of its content; conditions are checked again when committing."""

    checks_if_match = True

    def tag(self, response: Response, **names: Any) -> str:
        large = response.data["large"]
        return f'"{large["sha256"] if large else response.data["oid"]}"'

    @operation("get_file_info", "files", FileEntry, 404, params=[*ADDRESS, PATH, REVISION])
    def get(self, request: Request, repo: Repo, path: str) -> Response:
        """Get the facts of a file or folder. Download its content from `content_url`."""
        git, sha = open_revision(request, repo)
        entry = git.entry(sha, path)
        objects = objects_for(repo.pk, [entry.pointer.oid]) if entry.pointer else {}
        return Response(FileEntry(entry_json(entry, Links(repo.address, sha), objects)).data)

    @operation(
        "put_file",
        "files",
        CommitResult,
        *(404, 412, 413, 422, 507),
        status=(200, 201),
        body={"application/octet-stream": OpenApiTypes.BINARY},
        params=[*ADDRESS, PATH, BRANCH, MESSAGE, NONE_MATCH],
    )
    def put(self, request: Request, repo: Repo, path: str) -> Response:
        """Commit one file; the body is its content. Large and binary files are stored with Git LFS.

        The response has the ETag of the file; it is 201 with a Location if the file is new.
        """
        branch, message = self._read_request(request, repo)
        head, before = _head_and_entry(repo, branch, path)
        parent = head if _check_conditions(request, before) else None
        with tempfile.TemporaryDirectory(dir=spool_folder(), prefix="put-") as folder:
            with reserve_bytes(
                UploadContext(repo.pk, actor_of(request).user_id), declared_length(request._request) or 0
            ):
                file = _receive(request, path, Path(folder))
            message = message or _("Upload %(path)s") % {"path": file.path}
            done = upload_files(
                actor=actor_of(request),
                address=repo.address,
                branch=branch,
                files=[file],
                message=message[:MESSAGE_LIMIT],
                parent=parent,
            )
        return _put_response(repo, done, check_path(file.path), is_new=before is None)

    @operation("delete_file", "files", CommitResult, 404, 422, params=[*ADDRESS, PATH, BRANCH, MESSAGE])
    def delete(self, request: Request, repo: Repo, path: str) -> Response:
        """Delete a file, or a folder with its content."""
        branch, message = self._read_request(request, repo)
        head, before = _head_and_entry(repo, branch, path)
        parent = head if _check_conditions(request, before) else None
        message = message or _("Delete %(path)s") % {"path": path}
        changes = [Delete(path.strip("/"))]
        done = commits.commit_changes(
            actor=actor_of(request),
            address=repo.address,
            branch=branch,
            changes=changes,
            message=message[:MESSAGE_LIMIT],
            parent=parent,
        )
        return Response(commit_result_json(repo, done.sha, done.ref, done.warnings))

    def _read_request(self, request: Request, repo: Repo) -> tuple[str, str]:
        return query_str(request, "branch") or repo.default_branch, query_str(request, "message")


def _head_and_entry(repo: Repo, branch: str, path: str) -> tuple[str | None, Entry | None]:
    """Return the head of a branch and the file there, if any."""
    git = git_of(repo)
    head = git.find(branch)
    try:
        return head, git.entry(head, path) if head else None
    except EntryNotFound:
        return head, None


def _check_conditions(request: Request, entry: Entry | None) -> bool:
    """Return whether a request has conditions, which the entry meets (raises PreconditionFailed)."""
    match, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    tag = content_tag(entry) if entry else ""
    if (match is not None and not matches_etag(match, tag)) or matches_etag(none_match, tag):
        raise PreconditionFailed(headers={"ETag": tag} if tag else {})
    return match is not None or none_match is not None


def _put_response(repo: Repo, done: commits.CommitResult, path: str, *, is_new: bool) -> Response:
    """Respond with the commit, the ETag of its file, and where a new file can be read."""
    body = commit_result_json(repo, done.sha, done.ref, done.warnings)
    branch = done.ref.removeprefix("refs/heads/")
    query = "" if branch == repo.default_branch else f"?{urlencode({'revision': branch})}"
    place = f"{repo_path(repo)}/files/{quote(path)}{query}"
    response = created(body, place) if is_new else Response(body)
    response["ETag"] = content_tag(git_of(repo).entry(done.sha, path))
    return response


def _receive(request: Request, path: str, folder: Path) -> ReceivedFile:
    """Write the request's body to a spool file (raises TooLarge)."""
    digest, size, spool = hashlib.sha256(), 0, folder / "body"
    with spool.open("xb") as file:
        for block in body_blocks(request._request, limit=settings.UPLOAD_LIMIT_BYTES):
            digest.update(block)
            file.write(block)
            size += len(block)
    return ReceivedFile(path.strip("/"), spool, size, digest.hexdigest())
