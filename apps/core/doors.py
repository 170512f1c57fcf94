"""Doors: every view declares who may knock; what is behind is fetched by `access.py` of its app."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from .actor import Actor, ActorKind
from .errors import Forbidden, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


class Door(StrEnum):
    """PUBLIC, SIGNED_IN, STAFF and WORKER are enforced here; the others name the door that the view opens itself."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    STAFF = "staff"
    WORKER = "worker"
    METRICS = "metrics token or staff"
    JOB_KEY = "the job's key"
    JOB_READ = "readers of the job"
    JOB_WRITE = "who may change the job"
    REPO_SEE = "who may know of the repository"
    REPO_READ = "readers of the repository's files"
    REPO_WRITE = "writers of the repository"
    REPO_ADMIN = "admins of the repository"
    NAMESPACE_WRITE = "writers of the namespace"
    NAMESPACE_ADMIN = "admins of the namespace"
    RECEIPT_READ = "readers of the receipt"
    SIGNED_URL = "the holder of a signed address"
    XET_TOKEN = "the holder of a Xet token"


def door(kind: Door, **by_method: Door) -> Callable[[View], View]:
    """Declare the door of a view function or view class; `PATCH=…` names another one for a method."""

    def mark(view: View) -> View:
        view.door = kind  # type: ignore[attr-defined]
        view.doors = by_method  # type: ignore[attr-defined]
        return view

    return mark


def door_of(view: Any, method: str | None = None) -> Door | None:
    """Return the declared door of a resolved view; sign-in pages of the account library are public or guard themselves."""
    for holder in (view, getattr(view, "view_class", None), getattr(view, "cls", None), getattr(view, "__wrapped__", None)):
        declared = getattr(holder, "door", None)
        if declared is not None:
            return getattr(holder, "doors", {}).get(method, declared)
    return None


def check_door(kind: Door | None, actor: Actor) -> None:
    """Refuse an actor that may not even knock.

    raises  Unauthenticated, Forbidden, NotFound
    """
    if kind is Door.SIGNED_IN and not actor.is_signed_in:
        raise Unauthenticated
    if kind is Door.STAFF and not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated
    if kind is Door.WORKER and actor.kind is not ActorKind.WORKER:
        raise Forbidden(_("This address is for workers.")) if actor.is_signed_in else Unauthenticated
