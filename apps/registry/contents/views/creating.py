"""Pages for creating repositories."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.web.actions import refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, requires
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import NameTaken
from apps.registry.repos.forms import NewRepoForm
from apps.registry.repos.kinds import labels_of
from apps.registry.repos.models import Repo
from apps.registry.repos.names import BadName
from apps.registry.repos.services.create import create_repo

from ..services.card import card_text
from ..services.commit import commit_changes


@requires(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def new_model(request: HubRequest) -> HttpResponse:
    return _new(request, RepoKind.MODEL)


@requires(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def new_dataset(request: HubRequest) -> HttpResponse:
    return _new(request, RepoKind.DATASET)


@requires(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def new_application(request: HubRequest) -> HttpResponse:
    return _new(request, RepoKind.SPACE)


@requires(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def new_kernel(request: HubRequest) -> HttpResponse:
    return _new(request, RepoKind.KERNEL)


def _new(request: HubRequest, kind: RepoKind) -> HttpResponse:
    if request.method == "GET":
        begin = {"owner": request.GET.get("owner", request.actor.name), "name": request.GET.get("name", "")}
        return _page(request, kind, NewRepoForm(initial=begin, actor=request.actor, kind=kind))
    form = NewRepoForm(request.POST, actor=request.actor, kind=kind)
    if form.is_valid():
        with refusals_on_form(form, None), refusals_on_form(form, "name", BadName, NameTaken):
            return redirect(_create(request, kind, form))
    return _page(request, kind, form, status=422)


def _create(request: HubRequest, kind: RepoKind, form: NewRepoForm) -> Repo:
    """Create the repository, and a card if a description or license was given."""
    data = form.cleaned_data
    address = Address(kind, data["owner"], data["name"].strip())
    sdk = {"sdk": data["sdk"]} if kind is RepoKind.SPACE else {}
    repo = create_repo(
        actor=request.actor, address=address, is_private=data["visibility"] == "private", settings=sdk
    )
    if data["license"] or data["description"]:
        metadata = {**({"title": repo.name, **sdk} if sdk else {}), "license": data["license"]}
        changes = [AddFile("README.md", card_text(repo.name, metadata, data["description"]).encode())]
        repo = commit_changes(
            actor=request.actor,
            address=repo.address,
            branch=repo.default_branch,
            changes=changes,
            message=_("Create README.md"),
        ).repo
    return repo


def _page(request: HubRequest, kind: RepoKind, form: NewRepoForm, *, status: int = 200) -> HttpResponse:
    return render(
        request, "registry/contents/new_repo.html", {"form": form, "labels": labels_of(kind)}, status=status
    )
