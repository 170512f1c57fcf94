"""Access policies: every view declares who may call it; its app's `access.py` fetches the object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from .actor import Actor, ActorKind, OAuthScope
from .errors import Forbidden, InsufficientScope, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


class Policy(StrEnum):
    """PUBLIC, SIGNED_IN, STAFF and WORKER are enforced here; the others name the access function that the view calls."""

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


# Under these an OAuth application gets what is public and what the access functions allow by its scopes.
# Every other policy refuses applications, except for the scopes that the view names.
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
    """Declare the policy of a view function or class; `PATCH=…` names another one for a method.

    scopes  each of them admits an OAuth application that the policy would refuse
    """

    def mark(view: View) -> View:
        view.policy = kind  # type: ignore[attr-defined]
        view.policies_by_method = by_method  # type: ignore[attr-defined]
        view.oauth_scopes = tuple(scopes)  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(view: Any, method: str | None = None) -> Policy | None:
    """Return the declared policy of a resolved view; the account library's pages are public or guard themselves."""
    for holder in _holders(view):
        declared = getattr(holder, "policy", None)
        if declared is not None:
            return getattr(holder, "policies_by_method", {}).get(method, declared)
    return None


def scopes_of(view: Any) -> tuple[OAuthScope, ...]:
    """Return the scopes that admit an OAuth application to a view that its policy would refuse."""
    return next((holder.oauth_scopes for holder in _holders(view) if hasattr(holder, "oauth_scopes")), ())


def _holders(view: Any) -> Iterator[Any]:
    yield from (
        view,
        getattr(view, "view_class", None),
        getattr(view, "cls", None),
        getattr(view, "__wrapped__", None),
    )


def check_policy(kind: Policy | None, actor: Actor, scopes: Sequence[OAuthScope] = ()) -> None:
    """Refuse an actor that the policy does not admit.

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
