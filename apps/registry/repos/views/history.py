"""Commits: the list of a branch, a file or a folder, and one commit."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core.http import HubRequest

from ..links import Links
from ..models import Repo
from ..previews.changes import changes_of, history_of
from ..selectors import git_of
from .files import commit_count, files_facts
from .opened import head_facts, repo_page

PAGE_COMMITS = 40
PAGES_LIMIT = 10_000
NOTES = {
    "large": _("A large file: git holds its pointer."),
    "long": _("Too long to be shown here."),
    "binary": _("Not text."),
    "many": _("More lines are not shown here."),
}


@repo_page()
@require_safe
def commits(request: HubRequest, repo: Repo, revision: str, path: str = "") -> HttpResponse:
    """List commits, newest first; with a path those that changed it."""
    git, path = git_of(repo), path.strip("/")
    sha, skip = git.resolve(revision), _skip(request.GET.get("skip", ""))
    if path:
        rows = [git.commit(one) for one in history_of(git, sha, path, limit=PAGE_COMMITS + 1, skip=skip)]
    else:
        rows = git.log(sha, PAGE_COMMITS + 1, skip)
    facts = files_facts(request, repo, git, revision, path, word="commits")
    facts |= {"rows": rows[:PAGE_COMMITS], "next_skip": skip + PAGE_COMMITS if len(rows) > PAGE_COMMITS else None, "skip": skip}
    return render(request, "registry/commits.html", {**facts, "commit_count": commit_count(git, sha) if not path else None})


def _skip(text: str) -> int:
    return min(int(text), PAGE_COMMITS * PAGES_LIMIT) if text.isdecimal() and len(text) < 9 else 0


@repo_page()
@require_safe
def commit(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Show what a commit changed."""
    git = git_of(repo)
    sha = git.resolve(revision)
    found = git.commit(sha)
    changes = changes_of(git, sha, found.parents[0] if found.parents else None)
    facts = head_facts(request, repo, "files", revision=sha)
    return render(
        request, "registry/commit.html", {**facts, "commit": found, "changes": changes, "notes": NOTES, "at": Links(repo.address, sha)}
    )
