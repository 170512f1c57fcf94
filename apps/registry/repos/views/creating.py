"""Making a repository on a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.doors import Door, door
from apps.core.errors import Refusal
from apps.core.http import HubRequest
from apps.registry.gitstore import AddFile

from ..addresses import Address, RepoKind
from ..errors import NameTaken
from ..forms import NewRepoForm
from ..models import Repo
from ..names import BadName
from ..services.commit import commit_changes
from ..services.create import create_repo


@door(Door.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def new_model(request: HubRequest) -> HttpResponse:
    return _new(request, RepoKind.MODEL)


@door(Door.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def new_dataset(request: HubRequest) -> HttpResponse:
    return _new(request, RepoKind.DATASET)


def _new(request: HubRequest, kind: RepoKind) -> HttpResponse:
    if request.method == "GET":
        begin = {"owner": request.GET.get("owner", request.actor.name), "name": request.GET.get("name", "")}
        return _page(request, kind, NewRepoForm(initial=begin, actor=request.actor))
    form = NewRepoForm(request.POST, actor=request.actor)
    if not form.is_valid():
        return _page(request, kind, form, status=422)
    try:
        repo = _create(request, kind, form)
    except (BadName, NameTaken) as refusal:
        form.add_error("name", refusal.words)
    except Refusal as refusal:
        form.add_error(None, refusal.words)
    else:
        return redirect(repo)
    return _page(request, kind, form, status=422)


def _create(request: HubRequest, kind: RepoKind, form: NewRepoForm) -> Repo:
    """Make the repository, and begin its card if something is known for it."""
    told = form.cleaned_data
    address = Address(kind, told["owner"], told["name"].strip())
    repo = create_repo(actor=request.actor, address=address, is_private=told["visibility"] == "private")
    if told["licence"] or told["description"]:
        front = f"---\nlicense: {told['licence']}\n---\n\n" if told["licence"] else ""
        card = f"{front}# {repo.name}\n\n{told['description'].strip()}\n".rstrip() + "\n"
        changes = [AddFile("README.md", card.encode())]
        repo = commit_changes(
            actor=request.actor, address=repo.address, branch=repo.default_branch, changes=changes, message=_("Begin the card")
        ).repo
    return repo


def _page(request: HubRequest, kind: RepoKind, form: NewRepoForm, *, status: int = 200) -> HttpResponse:
    return render(request, "registry/new_repo.html", {"form": form, "is_dataset": kind is RepoKind.DATASET}, status=status)
