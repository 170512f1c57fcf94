"""What one branch, tag or commit has that another lacks."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.actor import Need
from apps.core.http import HubRequest
from apps.registry.gitstore import GitRepo, Refs

from ..errors import RevisionNotFound
from ..links import Links
from ..models import Repo
from ..previews.history import commits_between, days_of, distance
from ..selectors import git_of
from .diffs import diff_facts, parse_int, render_diff
from .opened import head_facts, repo_page

PAGE_COMMITS, REFS_SHOWN, SKIP_LIMIT = 30, 200, 400_000
REVISION_LIMIT_CHARACTERS = 400
# since their common ancestor, as a pull request would show it; or the two as they stand
SINCE, AS_IS = "...", ".."


@repo_page(Need.SEE)
@require_safe
def choose(request: HubRequest, repo: Repo) -> HttpResponse:
    """Ask which two ends to compare; `?base=` and `?head=` lead to their page."""
    git, query = git_of(repo), {name: _query_str(request, name) for name in ("base", "head")}
    if query["head"]:
        way = AS_IS if request.GET.get("way") == AS_IS else SINCE
        return HttpResponseRedirect(
            Links(repo.address, "").compare(query["base"] or repo.default_branch, query["head"], way)
        )
    facts = {**_ends(git, query["base"] or repo.default_branch, ""), "is_open": True}
    return render(request, "registry/compare.html", {**head_facts(request, repo, "files"), **facts})


def _query_str(request: HubRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:REVISION_LIMIT_CHARACTERS]


@repo_page()
@require_safe
def compare(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Show the commits and files between two ends: `base...head` since their common ancestor, `base..head` as they stand."""
    git = git_of(repo)
    base, way, head = _parsed(revision, repo.default_branch)
    facts = {**head_facts(request, repo, "files"), **_ends(git, base, head), "way": way}
    try:
        shas = git.resolve(base), git.resolve(head)
    except RevisionNotFound as problem:
        return render(request, "registry/compare.html", {**facts, "problem": problem.words}, status=404)
    apart = distance(git, *shas)
    links: Links = facts["links"]
    facts |= {
        "apart": apart,
        "swap": links.compare(head, base, way),
        "base_sha": shas[0],
        "head_sha": shas[1],
    }
    facts |= {"other_way": links.compare(base, head, AS_IS if way == SINCE else SINCE)}
    facts |= _between(request, git, shas)
    start = shas[0] if way == AS_IS or apart.base is None else apart.base
    return render_diff(
        request, "registry/compare.html", facts | diff_facts(request, git, links, start, shas[1])
    )


def _parsed(span: str, default: str) -> tuple[str, str, str]:
    """Split `base...head`; no name of a branch or tag holds two dots. A lone name is compared with the default branch."""
    way = SINCE if SINCE in span else AS_IS
    base, found, head = span.partition(way)
    if not found:
        return default, SINCE, base[:REVISION_LIMIT_CHARACTERS]
    return base[:REVISION_LIMIT_CHARACTERS] or default, way, head[:REVISION_LIMIT_CHARACTERS] or default


def _ends(git: GitRepo, base: str, head: str) -> dict[str, Any]:
    refs: Refs = git.refs()
    names = [ref.name for ref in (*refs.branches[:REFS_SHOWN], *refs.tags[:REFS_SHOWN])]
    return {"base": base, "head": head, "names": list(dict.fromkeys(names))}


def _between(request: HubRequest, git: GitRepo, shas: tuple[str, str]) -> dict[str, Any]:
    skip = min(parse_int(request.GET.get("skip", "")), SKIP_LIMIT)
    rows = commits_between(git, *shas, limit=PAGE_COMMITS + 1, skip=skip)
    return {
        "days": days_of(rows[:PAGE_COMMITS]),
        "skip": skip,
        "next_skip": skip + PAGE_COMMITS if len(rows) > PAGE_COMMITS else None,
    }
