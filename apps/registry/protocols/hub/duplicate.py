"""Copies: a repository from another, and large files from one into another."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.http import HubRequest
from apps.core.policies import requires
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.services.duplicate import SourceFile, duplicate_repo, share_files

from .params import address_of, body_text, json_body
from .repos import is_private, kind_of, repo_url, with_warnings

FILES_LIMIT = 1000
HASH = re.compile(r"[0-9a-f]{64}")


@requires(REPO_READ)
def duplicate(request: HubRequest, kind: RepoKind, namespace: str, name: str) -> HttpResponse:
    """source  huggingface_hub `duplicate_repo`; a conflict carries `url` too"""
    source = repo_for(request.actor, Address(kind, namespace, name))
    body = json_body(request)
    wanted = body_text(body, "repository")
    to = address_of(kind, wanted if "/" in wanted else f"{request.actor.name}/{wanted}")
    repo = duplicate_repo(actor=request.actor, address=source.address, to=to, is_private=is_private(body))
    return with_warnings(JsonResponse({**repo_url(request, repo), "filesCopyPending": False}), body)


@requires(REPO_READ)
def share_large(request: HubRequest, kind: RepoKind, namespace: str, name: str) -> HttpResponse:
    """Let the target repository hold large files of this one; a commit there may name them then.

    source  huggingface_hub `_duplicate_lfs_files`
    """
    source = repo_for(request.actor, Address(kind, namespace, name))
    body = json_body(request)
    target = body.get("target")
    if not isinstance(target, dict):
        raise BadRequest('"target" must be {"type": …, "name": …}.')
    files = _files_in(body)
    failed = share_files(
        actor=request.actor,
        address=source.address,
        to=address_of(kind_of(target), body_text(target, "name")),
        files=files,
    )
    return JsonResponse({"failed": [{"sha256": file.sha256, "error": why} for file, why in failed]})


def _files_in(body: dict[str, Any]) -> list[SourceFile]:
    files = body.get("files")
    if not isinstance(files, list) or len(files) > FILES_LIMIT:
        raise BadRequest(f'"files" must be a list of at most {FILES_LIMIT} files.')
    return [_file(one) for one in files]


def _file(value: object) -> SourceFile:
    if not isinstance(value, dict):
        raise BadRequest("A file must be an object with a sha256 and its Xet hash.")
    sha256, xet_hash = body_text(value, "sha256"), body_text(value, "xetHash", "")
    if not HASH.fullmatch(sha256) or (xet_hash and not HASH.fullmatch(xet_hash)):
        raise BadRequest(
            "A file must be named by its sha256 and its Xet hash, of 64 hexadecimal digits each."
        )
    return SourceFile(sha256, xet_hash)
