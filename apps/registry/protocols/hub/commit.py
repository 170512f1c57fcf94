"""Preupload, which decides how each file is uploaded, and commit."""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from apps.core.disk_space import check_free_space
from apps.core.errors import BadRequest, TooLarge
from apps.core.web.bodies import takes_body
from apps.core.web.headers import header_text
from apps.core.web.http import HubRequest, body_blocks, declared_length
from apps.core.web.policies import requires
from apps.core.web.spool import spool_folder
from apps.registry.contents.services.commit import commit_changes, head_of, writable_ref
from apps.registry.gitstore import AddFile, AddLarge, Change, Delete, DeleteFolder, GitRepo
from apps.registry.gitstore.attributes import DEFAULT_ATTRIBUTES, is_ignored, upload_mode
from apps.registry.gitstore.paths import check_path
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_WRITE
from apps.registry.repos.selectors import git_of

from .errors import Unsupported
from .lines import Line, LineReader
from .params import absolute_url, body_text, json_body, query_bool

PREUPLOAD_LIMIT, PREUPLOAD_BYTES = 1000, 8 << 20
LINES_LIMIT = 100_000
RULES_BYTES = 128 << 10
SHA256 = re.compile(r"[0-9a-f]{64}")


def _reject_pull_requests(request: HubRequest) -> None:
    if query_bool(request, "create_pr"):
        raise Unsupported("Pull requests are not supported yet. Commit to a branch instead.")


@takes_body(PREUPLOAD_BYTES)
@requires(REPO_WRITE)
def preupload(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Return for each file whether to upload it before the commit or within it, and its current oid.

    source  huggingface_hub `_fetch_upload_modes`
    """
    _reject_pull_requests(request)
    # Fail here, where the client reports it at once: hf_xet retries a refused upload for three minutes.
    check_free_space(settings.SPOOL_ROOT)
    git = git_of(repo)
    head = head_of(git, repo, writable_ref(git, repo, revision), None)
    body = json_body(request, PREUPLOAD_BYTES)
    files = body.get("files")
    if not isinstance(files, list) or len(files) > PREUPLOAD_LIMIT:
        raise BadRequest(f'"files" must be a list of at most {PREUPLOAD_LIMIT} files.')
    rules = Rules.of(git, head, body)
    return JsonResponse({"files": [_plan(git, head, rules, one) for one in files]})


@dataclass(frozen=True, slots=True)
class Rules:
    """The .gitattributes and .gitignore that apply, from the request or else from the repository."""

    attributes: str
    ignore: str

    @classmethod
    def of(cls, git: GitRepo, head: str | None, body: dict[str, Any]) -> Rules:
        attributes = body_text(body, "gitAttributes", "", limit=RULES_BYTES) or _text_at(
            git, head, ".gitattributes"
        )
        ignore = body_text(body, "gitIgnore", "", limit=RULES_BYTES) or _text_at(git, head, ".gitignore")
        return cls(attributes or DEFAULT_ATTRIBUTES, ignore)


def _text_at(git: GitRepo, head: str | None, path: str) -> str:
    found = git.read_file(head, path, RULES_BYTES) if head else None
    return found.decode(errors="replace") if found else ""


def _plan(git: GitRepo, head: str | None, rules: Rules, file: object) -> dict[str, Any]:
    if not isinstance(file, dict):
        raise BadRequest("A file must be an object with path, size and sample.")
    path, size = body_text(file, "path", limit=4096), file.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise BadRequest('"size" must be a whole number of bytes.')
    try:
        sample = base64.b64decode(body_text(file, "sample", "", limit=4096), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest('"sample" is not valid base64.') from None
    path = check_path(path)
    mode = upload_mode(path, size, sample, rules.attributes, regular_limit=settings.REGULAR_FILE_LIMIT_BYTES)
    current = next(git.entries(head, [path]), None) if head else None
    oid = (current.pointer.oid if current.pointer else current.oid) if current and current.is_file else None
    return {
        "path": file["path"],
        "uploadMode": mode,
        "shouldIgnore": is_ignored(path, rules.ignore),
        "oid": oid,
    }


@dataclass(slots=True)
class Draft:
    """A commit as parsed from its lines."""

    header: dict[str, Any] | None = None
    changes: list[Change] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Add a line.

        raises  BadRequest
        """
        if line.key == "header":
            if self.header is not None:
                raise BadRequest("A commit must have only one header.")
            self.header = line.value
        elif self.header is None:
            raise BadRequest("The first line of a commit must be its header.")
        else:
            self.changes.append(_change(line))

    def text(self, key: str, default: str | None = None) -> str:
        return body_text(self.header or {}, key, default, limit=200_000)


def _change(line: Line) -> Change:
    path = body_text(line.value, "path", limit=4096)
    if line.key == "file":
        assert line.content is not None
        return AddFile(path, line.content)
    if line.key == "lfsFile":
        return _large(path, line.value)
    if line.key == "deletedFile":
        return Delete(path)
    if line.key == "deletedFolder":
        return DeleteFolder(path)
    raise BadRequest(f'Unknown commit line "{line.key[:40]}".')


def _large(path: str, value: dict[str, Any]) -> AddLarge:
    oid, size = body_text(value, "oid"), value.get("size")
    if value.get("algo", "sha256") != "sha256" or not SHA256.fullmatch(oid):
        raise BadRequest(f"The oid of the large file {path} must be its sha256.")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise BadRequest('"size" must be a whole number of bytes.')
    return AddLarge(path, oid, size)


def read_draft(blocks: Iterator[bytes], folder: Path) -> Draft:
    """Parse a commit; long contents are written to files in the folder.

    raises  BadRequest for malformed or truncated lines, TooLarge
    """
    draft = Draft()
    for line in LineReader(blocks, folder, settings.REGULAR_FILE_LIMIT_BYTES):
        draft.add(line)
        if len(draft.changes) > LINES_LIMIT:
            raise TooLarge(f"A commit can contain at most {LINES_LIMIT} changes.")
    if draft.header is None:
        raise BadRequest("The first line of a commit must be its header.")
    return draft


@takes_body(lambda: settings.COMMIT_LIMIT_BYTES)
@requires(REPO_WRITE)
def commit(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Commit all changes of the lines, or none.

    source  huggingface_hub `_prepare_commit_payload`
    """
    _reject_pull_requests(request)
    with tempfile.TemporaryDirectory(
        prefix="commit-", dir=spool_folder(declared_length(request) or 0)
    ) as folder:
        draft = read_draft(body_blocks(request, limit=settings.COMMIT_LIMIT_BYTES), Path(folder))
        result = commit_changes(
            actor=request.actor,
            address=repo.address,
            branch=revision,
            changes=draft.changes,
            message=draft.text("summary"),
            description=draft.text("description", ""),
            parent=draft.text("parentCommit", "") or None,
        )
    url = absolute_url(request, f"/{quote(result.repo.address.path)}/commit/{result.sha}")
    response = JsonResponse({"success": True, "commitOid": result.sha, "commitUrl": url, "hookOutput": ""})
    if result.warnings:
        response["X-HF-Warning"] = header_text(f"commit; {' '.join(result.warnings)}")
    return response
