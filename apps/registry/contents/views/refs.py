"""Lists of branches and tags, and their actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.actor import Need
from apps.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Refusal
from apps.core.web.http import HubRequest
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page

from ..forms.refs import BranchForm, RefForm, TagForm
from ..previews.refs import PAGE_REFS, branches_of, tags_of
from ..services.default_branch import set_default_branch
from ..services.refs import create_branch, create_tag, delete_branch, delete_tag
from .comparing import REFS_SHOWN
from .diffs import parse_int

# refusals shown on the form
FORM_REFUSALS = (BadRequest, Conflict, Forbidden, Invalid, NotFound)
SEARCH_LIMIT_CHARACTERS = 200


def _page(
    request: HubRequest, repo: Repo, word: str, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """Render the list of branches or tags, with the rejected form open above it."""
    git, search = git_of(repo), request.GET.get("search", "").strip()[:SEARCH_LIMIT_CHARACTERS]
    page = max(parse_int(request.GET.get("page", "")), 1)
    rows_of = branches_of if word == "branches" else tags_of
    found = rows_of(repo, git, search=search, first=(page - 1) * PAGE_REFS)
    refs = git.refs()
    blank: forms.Form = (
        BranchForm(initial={"start": repo.default_branch})
        if word == "branches"
        else TagForm(initial={"revision": repo.default_branch})
    )
    facts: dict[str, Any] = {
        "word": word,
        "found": found,
        "search": search,
        "page": page,
        "last_page": max(-(-found.count // PAGE_REFS), 1),
        "names": list(
            dict.fromkeys(ref.name for ref in (*refs.branches[:REFS_SHOWN], *refs.tags[:REFS_SHOWN]))
        ),
        "counts": {"branches": len(refs.branches), "tags": len(refs.tags)},
        "form": form or blank,
        "is_refused": form is not None,
        "is_empty": not refs.branches,
        "endpoint": settings.PUBLIC_URL,
    }
    return render(
        request,
        f"registry/contents/{word}.html",
        {**head_facts(request, repo, "files"), **facts},
        status=status,
    )


@repo_page(Need.SEE)
@require_safe
def branches(request: HubRequest, repo: Repo) -> HttpResponse:
    return _page(request, repo, "branches")


@repo_page(Need.SEE)
@require_safe
def tags(request: HubRequest, repo: Repo) -> HttpResponse:
    return _page(request, repo, "tags")


def _create(
    request: HubRequest,
    repo: Repo,
    word: str,
    form: forms.Form,
    action: Callable[[dict[str, Any]], object],
    done: str,
) -> HttpResponse:
    """Create a branch or tag from a form, or show the form with its errors."""
    if form.is_valid():
        try:
            action(form.cleaned_data)
        except FORM_REFUSALS as refusal:
            form.add_error("name", ValidationError(_error_text(refusal), code=refusal.code))
        else:
            messages.success(request, done % {"name": form.cleaned_data["name"]})
            return HttpResponseRedirect(f"{repo.get_absolute_url()}/{word}")
    return _page(request, repo, word, form=form, status=422)


def _error_text(refusal: Refusal) -> str:
    return (
        _("This name already exists or conflicts with another one.")
        if isinstance(refusal, Conflict)
        else refusal.words
    )


@repo_page(Need.WRITE)
@require_POST
def make_branch(request: HubRequest, repo: Repo) -> HttpResponse:
    def action(data: dict[str, Any]) -> None:
        create_branch(actor=request.actor, address=repo.address, name=data["name"], start=data["start"])

    return _create(request, repo, "branches", BranchForm(request.POST), action, _("Created branch %(name)s."))


@repo_page(Need.WRITE)
@require_POST
def make_tag(request: HubRequest, repo: Repo) -> HttpResponse:
    def action(data: dict[str, Any]) -> None:
        create_tag(
            actor=request.actor,
            address=repo.address,
            name=data["name"],
            revision=data["revision"],
            message=data["message"],
        )

    return _create(request, repo, "tags", TagForm(request.POST), action, _("Created tag %(name)s."))


def _apply(
    request: HubRequest, repo: Repo, word: str, action: Callable[[str], object], done: str
) -> HttpResponse:
    """Apply an action to the branch or tag of a button."""
    form = RefForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("No branch or tag was selected."))
    name = form.cleaned_data["name"]
    action(name)
    messages.success(request, done % {"name": name})
    return HttpResponseRedirect(f"{repo.get_absolute_url()}/{word}")


@repo_page(Need.ADMIN)
@require_POST
def remove_branch(request: HubRequest, repo: Repo) -> HttpResponse:
    def action(name: str) -> None:
        delete_branch(actor=request.actor, address=repo.address, name=name)

    return _apply(request, repo, "branches", action, _("Deleted branch %(name)s."))


@repo_page(Need.ADMIN)
@require_POST
def choose_default(request: HubRequest, repo: Repo) -> HttpResponse:
    def action(name: str) -> None:
        set_default_branch(actor=request.actor, address=repo.address, name=name)

    return _apply(request, repo, "branches", action, _("%(name)s is now the default branch."))


@repo_page(Need.WRITE)
@require_POST
def remove_tag(request: HubRequest, repo: Repo) -> HttpResponse:
    def action(name: str) -> None:
        delete_tag(actor=request.actor, address=repo.address, name=name)

    return _apply(request, repo, "tags", action, _("Deleted tag %(name)s."))
