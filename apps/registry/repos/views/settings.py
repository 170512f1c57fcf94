"""The settings of a repository."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import Forbidden
from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.http import HubRequest

from ..addresses import Address, RepoKind
from ..errors import BadPattern, NameTaken
from ..forms import DeleteRepoForm, RenameForm, TransferForm, VisibilityForm
from ..forms.access import OPEN, GatingForm
from ..forms.protection import ProtectionForm
from ..models import Repo
from ..names import BadName
from ..page_parts import page_parts
from ..policies import REPO_ADMIN
from ..services.delete import GRACE, delete_repo
from ..services.protection import protection_of, set_protection
from ..services.rename import rename_repo
from ..services.settings import update_visibility
from .repo_page import head_facts, repo_page


def _url(repo: Repo) -> str:
    return f"{repo.get_absolute_url()}/settings"


def _page(request: HubRequest, repo: Repo, *, status: int = 200, **forms: Any) -> HttpResponse:
    owner = repo.namespace.name
    facts = {
        "visibility_form": VisibilityForm(initial={"visibility": "private" if repo.is_private else "public"}),
        "gating_form": GatingForm(initial={"gating": repo.gating or OPEN}),
        "rename_form": RenameForm(initial={"name": repo.name}),
        "transfer_form": TransferForm(actor=request.actor, owner=owner, expected=repo.address.id),
        "protection_form": ProtectionForm(patterns=protection_of(repo).patterns),
        "delete_form": DeleteRepoForm(expected=repo.address.id),
        "grace_days": GRACE.days,
        "settings_templates": page_parts().settings_templates,
    }
    return render(
        request,
        "registry/repos/settings.html",
        {**head_facts(request, repo, "settings"), **facts, **forms},
        status=status,
    )


@repo_page(REPO_ADMIN)
@require_safe
def settings(request: HubRequest, repo: Repo) -> HttpResponse:
    return _page(request, repo)


@repo_page(REPO_ADMIN)
@require_POST
def visibility(request: HubRequest, repo: Repo) -> HttpResponse:
    form = VisibilityForm(request.POST)
    if not form.is_valid():
        return _page(request, repo, visibility_form=form, status=422)
    changed = update_visibility(actor=request.actor, address=repo.address, is_private=form.is_private)
    message = (
        _("Visibility changed to private.") if changed.is_private else _("Visibility changed to public.")
    )
    return post_response(request, _url(repo), message)


@repo_page(REPO_ADMIN)
@require_POST
def rename(request: HubRequest, repo: Repo) -> HttpResponse:
    form = RenameForm(request.POST)
    if form.is_valid():
        to = Address(RepoKind(repo.kind), repo.namespace.name, form.cleaned_data["name"].strip())
        with refusals_on_form(form, "name", BadName, NameTaken):
            renamed = rename_repo(actor=request.actor, address=repo.address, to=to)
            message = _("Renamed to %(name)s. Old links redirect here.") % {"name": renamed.address.id}
            return post_response(request, _url(renamed), message)
    return _page(request, repo, rename_form=form, status=422)


@repo_page(REPO_ADMIN)
@require_POST
def transfer(request: HubRequest, repo: Repo) -> HttpResponse:
    """Transfer a repository to another owner after its name is typed."""
    form = TransferForm(
        request.POST, actor=request.actor, owner=repo.namespace.name, expected=repo.address.id
    )
    if form.is_valid():
        to = Address(RepoKind(repo.kind), form.cleaned_data["owner"], repo.name)
        with refusals_on_form(form, "owner", BadName, NameTaken, Forbidden):
            moved = rename_repo(actor=request.actor, address=repo.address, to=to)
            message = _("Transferred to %(name)s. Old links redirect here.") % {"name": moved.address.id}
            return post_response(request, _url(moved), message)
    return _page(request, repo, transfer_form=form, status=422)


@repo_page(REPO_ADMIN)
@require_POST
def protection(request: HubRequest, repo: Repo) -> HttpResponse:
    form = ProtectionForm(request.POST)
    if form.is_valid():
        patterns = form.cleaned_data["patterns"].splitlines()
        with refusals_on_form(form, "patterns", BadPattern):
            set_protection(actor=request.actor, address=repo.address, patterns=patterns)
            return post_response(request, _url(repo), _("Protection rules saved."))
    return _page(request, repo, protection_form=form, status=422)


@repo_page(REPO_ADMIN)
@require_POST
def delete(request: HubRequest, repo: Repo) -> HttpResponse:
    form = DeleteRepoForm(request.POST, expected=repo.address.id)
    if not form.is_valid():
        return _page(request, repo, delete_form=form, status=422)
    delete_repo(actor=request.actor, address=repo.address)
    return post_response(request, repo.namespace, _("Deleted %(name)s.") % {"name": repo.address.id})
