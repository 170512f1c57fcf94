"""Duplicates of repositories, and of large files between repositories."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.contents.services.duplicate import SourceFile, duplicate_repo, share_files
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ

from .params import address_of, body_text, json_body
from .repos import add_warnings, is_private, kind_of, repo_url

FILES_LIMIT = 1000
OPTIONS = frozenset({"repository", "visibility", "private"})
HASH = re.compile(r"[0-9a-f]{64}")


@requires(REPO_READ)
def duplicate(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `duplicate_repo`; a conflict has `url` too"""
    body = json_body(request)
    target = body_text(body, "repository")
    to = address_of(repo.address.kind, target if "/" in target else f"{request.actor.name}/{target}")
    copy = duplicate_repo(actor=request.actor, address=repo.address, to=to, is_private=is_private(body))
    return add_warnings(JsonResponse({**repo_url(request, copy), "filesCopyPending": False}), body, OPTIONS)


@requires(REPO_READ)
def share_large(request: HubRequest, repo: Repo) -> HttpResponse:
    """Share large files of this repository with another, so that a commit there can refer to them.

    source  huggingface_hub `_duplicate_lfs_files`
    """
    body = json_body(request)
    target = body.get("target")
    if not isinstance(target, dict):
        raise BadRequest('"target" must be {"type": …, "name": …}.')
    files = _files_in(body)
    failed = share_files(
        actor=request.actor,
        address=repo.address,
        to=address_of(kind_of(target), body_text(target, "name")),
        files=files,
    )
    return JsonResponse({"failed": [{"sha256": file.sha256, "error": reason} for file, reason in failed]})


def _files_in(body: dict[str, Any]) -> list[SourceFile]:
    files = body.get("files")
    if not isinstance(files, list) or len(files) > FILES_LIMIT:
        raise BadRequest(f'"files" must be a list of at most {FILES_LIMIT} files.')
    return [_file(one) for one in files]


def _file(value: object) -> SourceFile:
    if not isinstance(value, dict):
        raise BadRequest("A file must be an object with sha256 and xetHash.")
    sha256, xet_hash = body_text(value, "sha256"), body_text(value, "xetHash", "")
    if not HASH.fullmatch(sha256) or (xet_hash and not HASH.fullmatch(xet_hash)):
        raise BadRequest("sha256 and xetHash must be 64 lowercase hexadecimal digits each.")
    return SourceFile(sha256, xet_hash)
