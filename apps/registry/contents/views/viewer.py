"""The dataset viewer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page

from ..previews.viewer import View, open_view


@repo_page(REPO_READ)
@require_safe
def viewer(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show rows of a dataset; the query has subset, split, file, at (a position) and revision."""
    if repo.kind != RepoKind.DATASET:
        raise EntryNotFound
    git, revision = git_of(repo), request.GET.get("revision") or repo.default_branch
    sha = git.find(repo.default_branch) if revision == repo.default_branch else git.resolve(revision)
    query = {name: request.GET.get(name, "") for name in ("subset", "split", "file", "at")}
    view = open_view(repo, git, sha, query) if sha else View([])
    facts = {
        **head_facts(request, repo, "viewer", revision=revision),
        "view": view,
        **_hrefs(view, request.GET.get("revision", "")),
    }
    return render(request, "registry/contents/viewer.html", facts)


def _hrefs(view: View, revision: str) -> dict[str, Any]:
    """Return links to other splits, files and pages."""
    if view.split is None or view.file is None:
        return {}
    kept = {"revision": revision} if revision else {}
    here = {**kept, "subset": view.split.subset, "split": view.split.name}
    at_file = {**here, "file": view.file.path}
    return {
        "last_shown": max(view.table.first, view.table.last - 1),
        "subsets": [(one, f"?{urlencode({**kept, 'subset': one})}") for one in view.subsets],
        "split_links": [(one, f"?{urlencode({**here, 'split': one})}") for one in view.split_names],
        "files": [(one.path, f"?{urlencode({**here, 'file': one.path})}") for one in view.split.files[:200]],
        "first_href": f"?{urlencode(at_file)}" if view.table.first else "",
        "next_href": f"?{urlencode({**at_file, 'at': str(view.table.next)})}" if view.table.next else "",
    }
