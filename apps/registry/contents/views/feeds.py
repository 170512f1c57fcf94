"""Atom and JSON feeds of commits."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.web.feeds import Feed, FeedForm, Item, feed_response, tag_uri, with_basic_challenge
from apps.core.web.http import HubRequest
from apps.core.web.params import page_int
from apps.registry.gitstore import CommitInfo, GitRepo
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.feeds import absolute_url, site_host
from apps.registry.repos.views.repo_page import repo_page

from ..previews.history import history_of

PAGE_ITEMS = 30
SKIP_LIMIT = 3_000


def url_with(place: str, /, **query: str) -> str:
    kept = {name: value for name, value in query.items() if value}
    return absolute_url(f"{place}?{urlencode(kept)}" if kept else place)


@with_basic_challenge
@repo_page(REPO_SEE)
@require_safe
def commits_atom(request: HubRequest, repo: Repo) -> HttpResponse:
    return _commits(request, repo, FeedForm.ATOM)


@with_basic_challenge
@repo_page(REPO_SEE)
@require_safe
def commits_json(request: HubRequest, repo: Repo) -> HttpResponse:
    return _commits(request, repo, FeedForm.JSON)


def _commits(request: HubRequest, repo: Repo, form: FeedForm) -> HttpResponse:
    """Return the commits of a branch, newest first.

    The query has revision (the default branch if absent), path, and head and skip for paging.
    """
    git, query = git_of(repo), {name: request.GET.get(name, "") for name in ("revision", "path", "head")}
    revision, path = query["revision"] or repo.default_branch, query["path"].strip("/")
    head, skip = (
        _head(git, repo, query["revision"], query["head"]),
        page_int(request.GET, "skip", most=SKIP_LIMIT),
    )
    rows = _rows(git, head, path, skip) if head else []
    words = {"name": repo.address.id, "revision": revision, "path": path}
    place, links = f"{repo.get_absolute_url()}/feeds/commits.{form}", Links(repo.address, revision)
    named = {"revision": query["revision"], "path": path}
    next_url = (
        url_with(place, **named, head=head, skip=str(skip + PAGE_ITEMS))
        if len(rows) > PAGE_ITEMS and skip < SKIP_LIMIT
        else ""
    )
    feed = Feed(
        id=tag_uri(
            site_host(),
            repo.created_at,
            str(repo.pk),
            "commits",
            *[quote(one, safe="") for one in (revision, path) if one],
        ),
        title=_("%(name)s: commits that changed %(path)s") % words
        if path
        else _("%(name)s: commits on %(revision)s") % words,
        home_url=absolute_url(links.at("commits", path)),
        feed_url=url_with(place, **named, **({"head": head, "skip": str(skip)} if skip else {})),
        began=repo.created_at,
        items=[_commit_item(repo, links, one) for one in rows[:PAGE_ITEMS]],
        next_url=next_url,
    )
    return feed_response(request, feed, form)


def _head(git: GitRepo, repo: Repo, revision: str, pinned: str) -> str:
    """Return the commit that paging starts at: the pinned one, else the head of the branch.

    raises  RevisionNotFound
    """
    if pinned:
        return git.resolve(pinned)
    return git.resolve(revision) if revision else git.target(f"refs/heads/{repo.default_branch}") or ""


def _rows(git: GitRepo, head: str, path: str, skip: int) -> list[CommitInfo]:
    if not path:
        return git.log(head, PAGE_ITEMS + 1, skip)
    return [git.commit(one) for one in history_of(git, head, path, limit=PAGE_ITEMS + 1, skip=skip)]


def _commit_item(repo: Repo, links: Links, commit: CommitInfo) -> Item:
    return Item(
        id=tag_uri(site_host(), repo.created_at, str(repo.pk), commit.sha),
        url=absolute_url(links.commit(commit.sha)),
        title=commit.title or commit.sha[:7],
        at=commit.date,
        summary=commit.message,
        author=commit.author,
    )
