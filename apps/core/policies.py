"""Access policies: every view declares who may call it; its app's `access.py` fetches the object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from .actor import Actor, ActorKind
from .errors import Forbidden, InsufficientScope, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a view. Those declared here are enforced here; those of an app name the access function that the view calls.

    name                 stable, unique on the site
    words                who they are, as the OpenAPI document says it
    admits_anonymous     anonymous users get what is public
    admits_applications  an OAuth application gets what is public and what the access functions allow by its scopes;
                         every other policy refuses applications, except for the scopes that the view names
    """

    name: str
    words: str
    admits_anonymous: bool = False
    admits_applications: bool = False


PUBLIC = Policy("public", "public", admits_anonymous=True, admits_applications=True)
SIGNED_IN = Policy("signed-in", "signed in")
STAFF = Policy("staff", "staff")
WORKER = Policy("worker", "worker")
METRICS = Policy("metrics", "metrics token or staff")
SIGNED_URL = Policy("signed-url", "the holder of a signed address", admits_applications=True)


def requires(kind: Policy, *, scopes: Sequence[str] = (), **by_method: Policy) -> Callable[[View], View]:
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
        declared: Policy | None = getattr(holder, "policy", None)
        if declared is not None:
            by_method: dict[str | None, Policy] = getattr(holder, "policies_by_method", {})
            return by_method.get(method, declared)
    return None


def scopes_of(view: Any) -> tuple[str, ...]:
    """Return the scopes that admit an OAuth application to a view that its policy would refuse."""
    return next((holder.oauth_scopes for holder in _holders(view) if hasattr(holder, "oauth_scopes")), ())


def _holders(view: Any) -> Iterator[Any]:
    yield from (
        view,
        getattr(view, "view_class", None),
        getattr(view, "cls", None),
        getattr(view, "__wrapped__", None),
    )


def admits_applications(policy: Policy | None) -> bool:
    """Return whether an OAuth application may call the view without one of its scopes."""
    return policy is not None and policy.admits_applications


def check_policy(kind: Policy | None, actor: Actor, scopes: Sequence[str] = ()) -> None:
    """Refuse an actor that the policy does not admit.

    raises  Unauthenticated, Forbidden, InsufficientScope, NotFound
    """
    if actor.is_application and not admits_applications(kind) and not actor.is_granted(*scopes):
        raise insufficient_scope(*scopes)
    if kind is SIGNED_IN and not actor.is_signed_in:
        raise Unauthenticated
    if kind is STAFF and not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated
    if kind is WORKER and actor.kind is not ActorKind.WORKER:
        raise Forbidden(_("This address is for workers.")) if actor.is_signed_in else Unauthenticated


def insufficient_scope(*scopes: str) -> InsufficientScope:
    """Return the refusal of an OAuth application that lacks each of the scopes; without any there is none that would do."""
    needed = f', scope="{" ".join(scopes)}"' if scopes else ""
    return InsufficientScope(headers={"WWW-Authenticate": f'Bearer error="insufficient_scope"{needed}'})
