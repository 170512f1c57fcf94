"""The front page: what this place is and what is new in it; for a person who is signed in, their own work first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.actor import Actor, Need
from apps.core.doors import Door, door
from apps.registry.repos.access import visible_to
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo

SHOWN = 6


def newest(actor: Actor, kind: RepoKind) -> list[Repo]:
    """Return the repositories of a kind that changed last, of those that hold anything."""
    return list(visible_to(actor).filter(kind=kind).exclude(head="").order_by("-updated_at", "id")[:SHOWN])


def own_repositories(actor: Actor) -> list[Repo]:
    """Return what stands under the names where the person may write, last changed first."""
    return list(visible_to(actor).filter(namespace_id__in=actor.namespaces_with(Need.WRITE)).order_by("-updated_at", "id")[:SHOWN])


@door(Door.PUBLIC)
def landing(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    context = {"models": newest(actor, RepoKind.MODEL), "datasets": newest(actor, RepoKind.DATASET)}
    if actor.is_signed_in:
        return render(request, "ecosystem/home.html", {**context, "repositories": own_repositories(actor)})
    return render(request, "ecosystem/landing.html", context)
