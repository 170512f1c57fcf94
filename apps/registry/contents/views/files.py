"""Pages of files and folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.cache import CachedValue
from apps.core.web.http import HubRequest
from apps.core.web.params import page_int
from apps.registry.gitstore import CommitInfo, GitRepo, TooSlow
from apps.registry.gitstore.portability import name_problems
from apps.registry.repos.errors import EntryNotFound, RevisionNotFound
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_SEE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page

from ..previews.blame import PAGE_LINES, blame_of
from ..previews.file import LINK_MODE, TENSORS_SHOWN, TEXT_LIMIT_BYTES, is_text, preview_of
from ..previews.listing import last_commits, listing_of
from ..services.warnings import Warnings

COMMIT_COUNTS = CachedValue("commit-count", int, seconds=7 * 24 * 3600)
REFS_SHOWN = 100
FILE_VIEWS = ("blob", "blame")


@dataclass(frozen=True, slots=True)
class Crumb:
    name: str
    href: str


def crumbs_of(links: Links, path: str, *, last_word: str = "tree") -> list[Crumb]:
    """Return a breadcrumb for each part of a path."""
    parts = path.split("/") if path else []
    places = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return [
        Crumb(part, links.at("tree" if place != path else last_word, place))
        for part, place in zip(parts, places, strict=True)
    ]


def commit_count(git: GitRepo, sha: str) -> int | None:
    """Return the number of commits, None if counting takes too long; cached, as it never changes."""
    count = COMMIT_COUNTS.get(sha)
    if count is None:
        try:
            count = git.commit_count(sha)
        except TooSlow:
            return None
        COMMIT_COUNTS.set(count, sha)
    return count


def branch_menu(git: GitRepo, repo: Repo, revision: str, word: str, path: str = "") -> dict[str, Any]:
    """Return the context of the branch menu; each entry links to the same page at its revision."""
    refs = git.refs()
    groups = {"branches": refs.branches, "tags": refs.tags}
    found: dict[str, Any] = {
        name: [
            {"name": ref.name, "href": Links(repo.address, ref.name).at(word, path)}
            for ref in rows[:REFS_SHOWN]
        ]
        for name, rows in groups.items()
    }
    is_branch = any(ref.name == revision for ref in refs.branches)
    return {
        **found,
        "is_branch": is_branch,
        "shown_revision": revision if is_branch or len(revision) < 40 else revision[:7],
    }


def files_facts(
    request: HubRequest, repo: Repo, git: GitRepo, revision: str, path: str, *, word: str = "tree"
) -> dict[str, Any]:
    facts = head_facts(request, repo, "files", revision=revision)
    menu = branch_menu(git, repo, revision, word, path)
    links: Links = facts["links"]
    crumbs = crumbs_of(links, path, last_word="tree" if word in ("tree", "commits") else "blob")
    is_empty = revision == repo.default_branch and not menu["branches"]
    may_change = facts["may_write"] and (menu["is_branch"] or is_empty)
    return {
        **facts,
        **menu,
        **_hrefs(links, path, word),
        "path": path,
        "crumbs": crumbs,
        "may_change": may_change,
    }


def _hrefs(links: Links, path: str, word: str) -> dict[str, str]:
    """Return the links for a file or folder."""
    folder = path.rpartition("/")[0]
    return {
        "root_href": links.at("tree"),
        "parent_href": links.at("tree", folder),
        "commits_href": links.at("commits", path),
        "upload_href": links.at("upload", folder if word in FILE_VIEWS else path),
        "new_href": links.at("new", folder if word in FILE_VIEWS else path),
        "edit_href": links.at("edit", path),
        "delete_href": links.at("delete", path),
        "back_href": links.at(word, path) if path else links.at("tree"),
    }


@repo_page(REPO_SEE)
@require_safe
def tree(request: HubRequest, repo: Repo, revision: str, path: str = "") -> HttpResponse:
    """List a folder; an empty repository has an empty default branch."""
    git, path = git_of(repo), path.strip("/")
    facts = files_facts(request, repo, git, revision, path)
    try:
        sha = git.resolve(revision)
    except RevisionNotFound:
        if revision != repo.default_branch or path:
            raise
        return render(request, "registry/contents/tree.html", facts)
    entry = git.entry(sha, path)
    if entry.is_file:
        return HttpResponseRedirect(facts["links"].at("blob", path))
    after = request.GET.get("after", "")
    listing = listing_of(repo, git, sha, path, facts["links"], after)
    warnings = Warnings()
    warnings.add_names(name_problems(path, git.names(sha, path)))
    facts |= {
        "listing": listing,
        "name_warnings": warnings.sentences(),
        "after": after,
        "last": _last_commit(git, sha, path),
        "commit_count": commit_count(git, sha),
        "sha": sha,
    }
    return render(request, "registry/contents/tree.html", facts)


def _last_commit(git: GitRepo, sha: str, path: str) -> CommitInfo:
    """Return the last commit that changed a path."""
    if not path:
        return git.commit(sha)
    found = last_commits(git, sha, path.rpartition("/")[0], [git.entry(sha, path)])
    return git.commit(found[path][0]) if path in found else git.commit(sha)


@repo_page(REPO_READ)
@require_safe
def blob(request: HubRequest, repo: Repo, revision: str, path: str) -> HttpResponse:
    """Show a file; `?as=` selects the preview, `?at=` and `?line=` the position."""
    git = git_of(repo)
    sha = git.resolve(revision)
    entry = git.entry(sha, path)
    if not entry.path:
        raise EntryNotFound
    facts = files_facts(request, repo, git, revision, entry.path, word="blob")
    links = facts["links"]
    if not entry.is_file:
        return HttpResponseRedirect(links.at("tree", entry.path))
    preview = preview_of(
        repo,
        git,
        entry,
        links,
        requested=request.GET.get("as", ""),
        at=request.GET.get("at", ""),
        line=page_int(request.GET, "line"),
    )
    is_editable = entry.mode != LINK_MODE and is_text(git, entry)
    facts |= {
        "entry": entry,
        "preview": preview,
        "blame_href": links.at("blame", entry.path),
        "permalink": links.to(sha).at("blob", entry.path),
        "last": _last_commit(git, sha, entry.path),
        "raw": links.at("resolve", entry.path),
        "may_edit": facts["may_change"] and is_editable,
        "may_blame": is_editable and entry.size <= TEXT_LIMIT_BYTES,
        "tensors_shown": TENSORS_SHOWN,
    }
    return render(request, "registry/contents/blob.html", facts)


@repo_page(REPO_READ)
@require_safe
def blame(request: HubRequest, repo: Repo, revision: str, path: str) -> HttpResponse:
    """Show author and commit of each line of a text file, from `?line=` on."""
    git = git_of(repo)
    sha = git.resolve(revision)
    entry = git.entry(sha, path)
    if (
        not entry.is_file
        or entry.mode == LINK_MODE
        or entry.size > TEXT_LIMIT_BYTES
        or not is_text(git, entry)
    ):
        raise EntryNotFound
    facts = files_facts(request, repo, git, revision, entry.path, word="blame")
    first = page_int(request.GET, "line", least=1)
    runs, count = blame_of(git, sha, entry, first=first)
    older = first + PAGE_LINES if first + PAGE_LINES <= count else 0
    links: Links = facts["links"]
    facts |= {
        "entry": entry,
        "rows": [
            (
                run,
                links.to(run.origin.before[0]).at("blame", run.origin.before[1]) if run.origin.before else "",
            )
            for run in runs
        ],
        "count": count,
        "first": first,
        "next_line": older,
        "blob_href": links.at("blob", entry.path),
        "permalink": links.to(sha).at("blame", entry.path),
    }
    return render(request, "registry/contents/blame.html", facts)
