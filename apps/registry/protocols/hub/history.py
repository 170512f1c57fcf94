"""Commits, branches and tags."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, JsonResponse
from django.utils.html import escape

from apps.core.cache import CachedValue
from apps.core.errors import BadRequest
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.contents.services import refs as services
from apps.registry.gitstore import CommitInfo, GitRepo, Ref, TooSlow
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE, REPO_WRITE
from apps.registry.repos.selectors import git_of

from .params import (
    body_text,
    format_timestamp,
    json_body,
    list_response,
    query_bool,
    query_limit,
    query_str,
    query_values,
)
from .revisions import open_at_revision

PAGE, MOST = 50, 1000
SHA = re.compile(r"[0-9a-f]{40}")
COUNTS = CachedValue("commits", int, seconds=86400)


def serialize_commit(commit: CommitInfo, *, formatted: bool) -> dict[str, Any]:
    """source  huggingface_hub `GitCommitInfo`"""
    item: dict[str, Any] = {
        "id": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "authors": [{"user": commit.author}],
        "date": format_timestamp(commit.date),
    }
    if formatted:
        item["formatted"] = {"title": escape(commit.title), "message": escape(commit.message)}
    return item


def count_of(git: GitRepo, repo_key: object, sha: str) -> int:
    """Return the number of commits in the history of a commit; it never changes, so it is cached."""
    count = COUNTS.get(repo_key, sha)
    if count is None:
        count = git.commit_count(sha)
        COUNTS.set(count, repo_key, sha)
    return count


@requires(REPO_SEE)
def commits(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """List the commits of the first-parent history, newest first.

    source  huggingface_hub `list_repo_commits`
    """
    git, sha = open_at_revision(repo, revision)
    limit = query_limit(request, default=PAGE, most=MOST)
    start = query_str(request, "cursor") or sha
    if not SHA.fullmatch(start):
        raise BadRequest("Invalid cursor.")
    found = git.log(start, limit + 1)
    formatted = "formatted" in query_values(request, "expand")
    path = f"/api/{repo.address.plural}/{repo.address.id}/commits/{sha}"
    response = list_response(
        request,
        [serialize_commit(one, formatted=formatted) for one in found[:limit]],
        next_cursor=found[limit].sha if len(found) > limit else None,
        path=path,
    )
    with suppress(TooSlow):
        response["X-Total-Count"] = str(count_of(git, repo.id, sha))
    return response


def _refs(found: list[Ref]) -> list[dict[str, str]]:
    return [{"name": ref.name, "ref": ref.ref, "targetCommit": ref.target} for ref in found]


@requires(REPO_SEE)
def refs(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `list_repo_refs`"""
    found = git_of(repo).refs()
    branches = sorted(found.branches, key=lambda ref: (ref.name != repo.default_branch, ref.name))
    body = {"branches": _refs(branches), "tags": _refs(found.tags), "converts": _refs(found.converts)}
    if query_bool(request, "include_prs"):
        body["pullRequests"] = _refs(found.pulls)
    return JsonResponse(body)


def ref_name(name: str) -> str:
    """raises  BadRequest if the name was not valid UTF-8"""
    if "\N{REPLACEMENT CHARACTER}" in name:
        raise BadRequest("The name is not valid UTF-8.")
    return name


@requires(REPO_WRITE)
def create_branch(request: HubRequest, repo: Repo, branch: str) -> HttpResponse:
    """source  huggingface_hub `create_branch`"""
    body = json_body(request)
    services.create_branch(
        actor=request.actor,
        address=repo.address,
        name=ref_name(branch),
        start=body_text(body, "startingPoint", ""),
        is_empty=body.get("emptyBranch") is True,
        overwrite=body.get("overwrite") is True,
    )
    return JsonResponse({})


@requires(REPO_ADMIN)
def delete_branch(request: HubRequest, repo: Repo, branch: str) -> HttpResponse:
    """source  huggingface_hub `delete_branch`"""
    services.delete_branch(actor=request.actor, address=repo.address, name=branch)
    return JsonResponse({})


@requires(REPO_WRITE)
def create_tag(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """source  huggingface_hub `create_tag`"""
    body = json_body(request)
    services.create_tag(
        actor=request.actor,
        address=repo.address,
        name=body_text(body, "tag"),
        revision=revision,
        message=body_text(body, "message", "", limit=10_000),
    )
    return JsonResponse({})


@requires(REPO_WRITE)
def delete_tag(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """source  huggingface_hub `delete_tag`"""
    services.delete_tag(actor=request.actor, address=repo.address, name=revision)
    return JsonResponse({})


@requires(REPO_WRITE)
def super_squash(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """source  huggingface_hub `super_squash_history`"""
    message = body_text(json_body(request), "message", "Super-squash branch using the hub API")
    sha = services.squash_branch(actor=request.actor, address=repo.address, branch=revision, message=message)
    return JsonResponse(
        {
            "commitOid": sha,
            "commitUrl": request.build_absolute_uri(f"/{quote(repo.address.path)}/commit/{sha}"),
        }
    )
