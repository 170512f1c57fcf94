"""Comparisons of two revisions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.params import page_int
from apps.registry.gitstore import GitRepo, Refs
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_SEE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page

from ..previews.history import commits_between, days_of, distance
from .diffs import diff_facts, render_diff

PAGE_COMMITS, REFS_SHOWN, SKIP_LIMIT = 30, 200, 400_000
REVISION_LIMIT_CHARACTERS = 400
# since the common ancestor, as in a pull request, or directly
SINCE_BASE, DIRECT = "...", ".."


@repo_page(REPO_SEE)
@require_safe
def choose(request: HubRequest, repo: Repo) -> HttpResponse:
    """Ask which revisions to compare; `?base=` and `?head=` redirect to the comparison."""
    git, query = git_of(repo), {name: _query_str(request, name) for name in ("base", "head")}
    if query["head"]:
        way = DIRECT if request.GET.get("way") == DIRECT else SINCE_BASE
        return HttpResponseRedirect(
            Links(repo.address, "").compare(query["base"] or repo.default_branch, query["head"], way)
        )
    facts = {**_sides(git, query["base"] or repo.default_branch, ""), "is_open": True}
    return render(request, "registry/contents/compare.html", {**head_facts(request, repo, "files"), **facts})


def _query_str(request: HubRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:REVISION_LIMIT_CHARACTERS]


@repo_page(REPO_READ)
@require_safe
def compare(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Show the commits and files between two revisions.

    revision  `base...head` since the common ancestor, `base..head` for a direct comparison
    """
    git = git_of(repo)
    base, way, head = _parse_range(revision, repo.default_branch)
    facts = {**head_facts(request, repo, "files"), **_sides(git, base, head), "way": way}
    try:
        shas = git.resolve(base), git.resolve(head)
    except RevisionNotFound as problem:
        return render(
            request, "registry/contents/compare.html", {**facts, "problem": problem.words}, status=404
        )
    between = distance(git, *shas)
    links: Links = facts["links"]
    facts |= {
        "distance": between,
        "swap": links.compare(head, base, way),
        "base_sha": shas[0],
        "head_sha": shas[1],
    }
    facts |= {"other_href": links.compare(base, head, DIRECT if way == SINCE_BASE else SINCE_BASE)}
    facts |= _commit_page(request, git, shas)
    start = shas[0] if way == DIRECT or between.base is None else between.base
    return render_diff(
        request, "registry/contents/compare.html", facts | diff_facts(request, git, links, start, shas[1])
    )


def _parse_range(span: str, default: str) -> tuple[str, str, str]:
    """Split `base...head`, as ref names cannot contain two dots; a single name is the head."""
    way = SINCE_BASE if SINCE_BASE in span else DIRECT
    base, found, head = span.partition(way)
    if not found:
        return default, SINCE_BASE, base[:REVISION_LIMIT_CHARACTERS]
    return base[:REVISION_LIMIT_CHARACTERS] or default, way, head[:REVISION_LIMIT_CHARACTERS] or default


def _sides(git: GitRepo, base: str, head: str) -> dict[str, Any]:
    refs: Refs = git.refs()
    names = [ref.name for ref in (*refs.branches[:REFS_SHOWN], *refs.tags[:REFS_SHOWN])]
    return {"base": base, "head": head, "names": list(dict.fromkeys(names))}


def _commit_page(request: HubRequest, git: GitRepo, shas: tuple[str, str]) -> dict[str, Any]:
    skip = page_int(request.GET, "skip", most=SKIP_LIMIT)
    rows = commits_between(git, *shas, limit=PAGE_COMMITS + 1, skip=skip)
    return {
        "days": days_of(rows[:PAGE_COMMITS]),
        "skip": skip,
        "next_skip": skip + PAGE_COMMITS if len(rows) > PAGE_COMMITS else None,
    }
