"""Storage of a repository or namespace, and permanent deletion of large files."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import BadRequest
from apps.core.text.formatting import size as size_words
from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.params import page_int
from apps.core.web.policies import requires
from apps.registry.blobs.reclaimable import Reclaimable
from apps.registry.contents.errors import CommitRefused
from apps.registry.repos.forms import DeleteRepoForm
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page
from apps.users.accounts.access import person_of
from apps.users.accounts.models import Namespace
from apps.users.accounts.policies import NAMESPACE_ADMIN, PERSON

from .selectors.large_files import LargeFile, large_files, reclaimable_by_deletion
from .selectors.storage import large_bytes_of, large_paths_at, storage_quota, totals_of, versions_by_file
from .services.purge import FILES_LIMIT, purge_large_files

PAGE_SIZE, PAGES_LIMIT = 50, 1000
SHA256 = re.compile(r"[0-9a-f]{64}")
BY_SIZE = ("-size_bytes", "id")


@repo_page(REPO_ADMIN)
@require_safe
def storage(request: HubRequest, repo: Repo) -> HttpResponse:
    """List large objects, the largest first; `?by=file` groups versions by file."""
    git = git_of(repo)
    present = large_paths_at(git, git.target(f"refs/heads/{repo.default_branch}"))
    facts: dict[str, Any] = {
        "totals": totals_of(repo, present),
        "quota": storage_quota(repo.namespace_id),
        "by": request.GET.get("by", ""),
    }
    if facts["by"] == "file":
        skip = page_int(request.GET, "skip", most=PAGE_SIZE * PAGES_LIMIT)
        files = versions_by_file(repo, git, present)
        facts |= {"files": files[skip : skip + PAGE_SIZE], "skip": skip}
        facts["next_skip"] = skip + PAGE_SIZE if len(files) > skip + PAGE_SIZE else None
    else:
        page = large_files(
            repo, git, cursor=request.GET.get("cursor"), limit=PAGE_SIZE, sort="size", is_descending=True
        )
        facts |= {"rows": [_row(one, present) for one in page.items], "next_cursor": page.next_cursor}
    return render(
        request, "registry/storage/storage.html", {**head_facts(request, repo, "settings"), **facts}
    )


def _row(file: LargeFile, present: dict[str, str]) -> dict[str, Any]:
    """Return a table row: short names of refs, and the path on the default branch."""
    refs = [ref.split("/", 2)[-1] for ref in file.refs]
    return {
        "file": file,
        "path": present.get(file.sha256, ""),
        "refs": refs[:3],
        "more_refs": max(0, len(refs) - 3),
    }


def _selected(request: HubRequest, repo: Repo) -> list[str]:
    """Return the sha256s of the selected objects, and of older versions of the selected files.

    raises  BadRequest
    """
    chosen = dict.fromkeys(one for one in request.POST.getlist("sha256") if SHA256.fullmatch(one))
    paths = set(request.POST.getlist("path"))
    if paths:
        git = git_of(repo)
        present = large_paths_at(git, git.target(f"refs/heads/{repo.default_branch}"))
        for file in versions_by_file(repo, git, present):
            if file.path in paths:
                chosen |= dict.fromkeys(file.old_sha256s)
    if not chosen:
        raise BadRequest(_("Select at least one file."))
    if len(chosen) > FILES_LIMIT:
        raise BadRequest(_("Select files with at most %(limit)s versions in total.") % {"limit": FILES_LIMIT})
    return list(chosen)


@repo_page(REPO_ADMIN)
@require_POST
def review(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show the effect of deleting the selected objects and ask for confirmation."""
    return _review_page(request, repo, _selected(request, repo), DeleteRepoForm(expected=repo.address.id))


def _review_page(
    request: HubRequest, repo: Repo, chosen: list[str], form: DeleteRepoForm, *, status: int = 200
) -> HttpResponse:
    git = git_of(repo)
    present = large_paths_at(git, git.target(f"refs/heads/{repo.default_branch}"))
    facts = {
        "chosen": chosen,
        "reclaimable": reclaimable_by_deletion(repo, chosen),
        "current": sorted(present[one] for one in chosen if one in present),
        "confirm_form": form,
    }
    return render(
        request,
        "registry/storage/storage_review.html",
        {**head_facts(request, repo, "settings"), **facts},
        status=status,
    )


@repo_page(REPO_ADMIN)
@require_POST
def delete_objects(request: HubRequest, repo: Repo) -> HttpResponse:
    """Permanently delete the objects from all refs after confirmation."""
    chosen, form = _selected(request, repo), DeleteRepoForm(request.POST, expected=repo.address.id)
    if form.is_valid():
        with refusals_on_form(form, None, CommitRefused):
            done = purge_large_files(actor=request.actor, address=repo.address, sha256s=chosen)
            page = f"{repo.get_absolute_url()}/settings/storage"
            return post_response(request, page, _deletion_message(done.reclaimed))
    return _review_page(request, repo, chosen, form, status=422)


def _deletion_message(reclaimed: Reclaimable) -> str:
    words = ngettext(
        "Permanently deleted %(count)s object (%(size)s).",
        "Permanently deleted %(count)s objects (%(size)s).",
        reclaimed.count,
    )
    return words % {"count": reclaimed.count, "size": size_words(reclaimed.quota_bytes)}


@requires(PERSON)
@require_safe
def own_storage(request: HubRequest) -> HttpResponse:
    """Show the storage used by the user's repositories."""
    return _namespace_page(request, person_of(request.actor).namespace, "registry/storage/storage_own.html")


@requires(NAMESPACE_ADMIN)
@require_safe
def organization_storage(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """Show the storage used by an organization's repositories."""
    return _namespace_page(request, namespace, "registry/storage/storage_organization.html")


def _namespace_page(request: HubRequest, namespace: Namespace, template: str) -> HttpResponse:
    repos = Repo.objects.select_related("namespace").filter(namespace=namespace, deleted_at=None)
    page = page_by_cursor(repos, order=BY_SIZE, cursor=request.GET.get("cursor"), limit=PAGE_SIZE)
    held = large_bytes_of(page.items)
    quota = storage_quota(namespace.pk)
    rows = [{"repo": repo, "stored_bytes": held.get(repo.pk, 0)} for repo in page.items]
    return render(
        request,
        template,
        {"namespace": namespace, "rows": rows, "next_cursor": page.next_cursor, "quota": quota},
    )
