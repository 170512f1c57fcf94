"""Lists of branches and tags, and their actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import BadRequest, Conflict, Forbidden, NotFound, ValidationFailed
from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.params import page_int
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE, REPO_WRITE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page

from ..forms.refs import BranchForm, RefForm, TagForm
from ..previews.refs import PAGE_REFS, branches_of, tags_of
from ..services.default_branch import set_default_branch
from ..services.refs import create_branch, create_tag, delete_branch, delete_tag
from .comparing import REFS_SHOWN

# refusals shown on the form
FORM_REFUSALS = (BadRequest, Conflict, Forbidden, ValidationFailed, NotFound)
SEARCH_LIMIT_CHARACTERS = 200


def _page(
    request: HubRequest, repo: Repo, word: str, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """Render the list of branches or tags, with the rejected form open above it."""
    git, search = git_of(repo), request.GET.get("search", "").strip()[:SEARCH_LIMIT_CHARACTERS]
    page = page_int(request.GET, "page", least=1)
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


@repo_page(REPO_SEE)
@require_safe
def branches(request: HubRequest, repo: Repo) -> HttpResponse:
    return _page(request, repo, "branches")


@repo_page(REPO_SEE)
@require_safe
def tags(request: HubRequest, repo: Repo) -> HttpResponse:
    return _page(request, repo, "tags")


def _branches_url(repo: Repo) -> str:
    return f"{repo.get_absolute_url()}/branches"


def _tags_url(repo: Repo) -> str:
    return f"{repo.get_absolute_url()}/tags"


@repo_page(REPO_WRITE)
@require_POST
def make_branch(request: HubRequest, repo: Repo) -> HttpResponse:
    form = BranchForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "name", *FORM_REFUSALS):
            create_branch(actor=request.actor, address=repo.address, **form.cleaned_data)
            return post_response(
                request, _branches_url(repo), _("Created branch %(name)s.") % form.cleaned_data
            )
    return _page(request, repo, "branches", form=form, status=422)


@repo_page(REPO_WRITE)
@require_POST
def make_tag(request: HubRequest, repo: Repo) -> HttpResponse:
    form = TagForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "name", *FORM_REFUSALS):
            create_tag(actor=request.actor, address=repo.address, **form.cleaned_data)
            return post_response(request, _tags_url(repo), _("Created tag %(name)s.") % form.cleaned_data)
    return _page(request, repo, "tags", form=form, status=422)


def _selected_name(request: HubRequest) -> str:
    """Return the branch or tag of a button (raises BadRequest)."""
    form = RefForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("No branch or tag was selected."))
    name: str = form.cleaned_data["name"]
    return name


@repo_page(REPO_ADMIN)
@require_POST
def remove_branch(request: HubRequest, repo: Repo) -> HttpResponse:
    name = _selected_name(request)
    delete_branch(actor=request.actor, address=repo.address, name=name)
    return post_response(request, _branches_url(repo), _("Deleted branch %(name)s.") % {"name": name})


@repo_page(REPO_ADMIN)
@require_POST
def choose_default(request: HubRequest, repo: Repo) -> HttpResponse:
    name = _selected_name(request)
    set_default_branch(actor=request.actor, address=repo.address, name=name)
    return post_response(
        request, _branches_url(repo), _("%(name)s is now the default branch.") % {"name": name}
    )


@repo_page(REPO_WRITE)
@require_POST
def remove_tag(request: HubRequest, repo: Repo) -> HttpResponse:
    name = _selected_name(request)
    delete_tag(actor=request.actor, address=repo.address, name=name)
    return post_response(request, _tags_url(repo), _("Deleted tag %(name)s.") % {"name": name})
