"""Commit lists and the page of a commit."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.params import page_int
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_SEE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.selectors.files import account_of
from apps.registry.repos.views.repo_page import head_facts, repo_page

from ..previews.history import days_of, history_of
from .diffs import diff_facts, render_diff
from .files import commit_count, files_facts

PAGE_COMMITS = 40
SKIP_LIMIT = 400_000


@repo_page(REPO_SEE)
@require_safe
def commits(request: HubRequest, repo: Repo, revision: str, path: str = "") -> HttpResponse:
    """List commits, newest first; with a path, those that changed it."""
    git, path = git_of(repo), path.strip("/")
    sha, skip = git.resolve(revision), page_int(request.GET, "skip", most=SKIP_LIMIT)
    if path:
        rows = [git.commit(one) for one in history_of(git, sha, path, limit=PAGE_COMMITS + 1, skip=skip)]
    else:
        rows = git.log(sha, PAGE_COMMITS + 1, skip)
    facts = files_facts(request, repo, git, revision, path, word="commits")
    facts |= {
        "days": days_of(rows[:PAGE_COMMITS]),
        "skip": skip,
        "commit_count": None if path else commit_count(git, sha),
    }
    if len(rows) > PAGE_COMMITS:
        facts["next_skip"] = skip + PAGE_COMMITS
    return render(request, "registry/contents/commits.html", facts)


@repo_page(REPO_READ)
@require_safe
def commit(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    """Show the changes of a commit relative to its first parent."""
    git = git_of(repo)
    sha = git.resolve(revision)
    found = git.commit(sha)
    facts = head_facts(request, repo, "files", revision=sha)
    facts |= diff_facts(request, git, facts["links"], found.parents[0] if found.parents else None, sha)
    facts |= {"commit": found, "account": account_of(found)}
    return render_diff(request, "registry/contents/commit.html", facts)
