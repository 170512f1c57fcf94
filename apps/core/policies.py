"""Doors: every view declares who may knock; what is behind is fetched by `access.py` of its app."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from .actor import Actor, ActorKind, OAuthScope
from .errors import Forbidden, InsufficientScope, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


class Policy(StrEnum):
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


# Behind these an OAuth application gets what is public, and what the access functions allow by its scopes.
# Every other door is closed to applications, except for the scopes that the view names.
OPEN_TO_APPLICATIONS = frozenset(
    {
        Policy.PUBLIC,
        Policy.REPO_SEE,
        Policy.REPO_READ,
        Policy.REPO_WRITE,
        Policy.REPO_ADMIN,
        Policy.JOB_READ,
        Policy.RECEIPT_READ,
        Policy.SIGNED_URL,
        Policy.XET_TOKEN,
    }
)


def requires(
    kind: Policy, *, scopes: Sequence[OAuthScope] = (), **by_method: Policy
) -> Callable[[View], View]:
    """Declare the door of a view function or view class; `PATCH=…` names another one for a method.

    scopes  each of them opens a closed door to an OAuth application
    """

    def mark(view: View) -> View:
        view.policy = kind  # type: ignore[attr-defined]
        view.policies_by_method = by_method  # type: ignore[attr-defined]
        view.oauth_scopes = tuple(scopes)  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(view: Any, method: str | None = None) -> Policy | None:
    """Return the declared door of a resolved view; sign-in pages of the account library are public or guard themselves."""
    for holder in _holders(view):
        declared = getattr(holder, "door", None)
        if declared is not None:
            return getattr(holder, "doors", {}).get(method, declared)
    return None


def scopes_of(view: Any) -> tuple[OAuthScope, ...]:
    """Return the scopes that open a view's closed door to an OAuth application."""
    return next((holder.oauth_scopes for holder in _holders(view) if hasattr(holder, "oauth_scopes")), ())


def _holders(view: Any) -> Iterator[Any]:
    yield from (
        view,
        getattr(view, "view_class", None),
        getattr(view, "cls", None),
        getattr(view, "__wrapped__", None),
    )


def check_policy(kind: Policy | None, actor: Actor, scopes: Sequence[OAuthScope] = ()) -> None:
    """Refuse an actor that may not even knock.

    raises  Unauthenticated, Forbidden, InsufficientScope, NotFound
    """
    if actor.is_application and kind not in OPEN_TO_APPLICATIONS and not actor.is_granted(*scopes):
        raise insufficient_scope(*scopes)
    if kind is Policy.SIGNED_IN and not actor.is_signed_in:
        raise Unauthenticated
    if kind is Policy.STAFF and not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated
    if kind is Policy.WORKER and actor.kind is not ActorKind.WORKER:
        raise Forbidden(_("This address is for workers.")) if actor.is_signed_in else Unauthenticated


def insufficient_scope(*scopes: OAuthScope) -> InsufficientScope:
    """Return the refusal of an OAuth application that lacks each of the scopes; without any there is none that would do."""
    needed = f', scope="{" ".join(scopes)}"' if scopes else ""
    return InsufficientScope(headers={"WWW-Authenticate": f'Bearer error="insufficient_scope"{needed}'})
