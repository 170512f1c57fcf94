"""Access policies: every view declares who may call it; its app's `access.py` fetches the object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden, InsufficientScope, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a view.

    Policies declared here are enforced here; those of an app name the access function that the view calls.

    name                 stable, unique on the site
    words                description in the OpenAPI document
    admits_anonymous     anonymous users see what is public
    admits_applications  OAuth applications see what is public and what their scopes allow;
                         every other policy refuses applications without one of the view's scopes
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
SIGNED_URL = Policy("signed-url", "the holder of a signed URL", admits_applications=True)


def requires(kind: Policy, *, scopes: Sequence[str] = (), **by_method: Policy) -> Callable[[View], View]:
    """Declare the policy of a view function or class; `PATCH=…` overrides it for a method.

    scopes  any of them admits an OAuth application that the policy would refuse
    """

    def mark(view: View) -> View:
        view.policy = kind  # type: ignore[attr-defined]
        view.policies_by_method = by_method  # type: ignore[attr-defined]
        view.oauth_scopes = tuple(scopes)  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(view: Any, method: str | None = None) -> Policy | None:
    """Return the declared policy of a resolved view; None for allauth's, which enforce their own."""
    for holder in _holders(view):
        declared: Policy | None = getattr(holder, "policy", None)
        if declared is not None:
            by_method: dict[str | None, Policy] = getattr(holder, "policies_by_method", {})
            return by_method.get(method, declared)
    return None


def scopes_of(view: Any) -> tuple[str, ...]:
    """Return the scopes that admit OAuth applications to a view despite its policy."""
    return next((holder.oauth_scopes for holder in _holders(view) if hasattr(holder, "oauth_scopes")), ())


def _holders(view: Any) -> Iterator[Any]:
    yield from (
        view,
        getattr(view, "view_class", None),
        getattr(view, "cls", None),
        getattr(view, "__wrapped__", None),
    )


def admits_applications(policy: Policy | None) -> bool:
    """Return whether an OAuth application may call the view without any of its scopes."""
    return policy is not None and policy.admits_applications


def check_policy(kind: Policy | None, actor: Actor, scopes: Sequence[str] = ()) -> None:
    """Enforce a policy.

    raises  Unauthenticated, Forbidden, InsufficientScope, NotFound
    """
    if actor.is_application and not admits_applications(kind) and not actor.is_granted(*scopes):
        raise insufficient_scope(*scopes)
    if kind is SIGNED_IN and not actor.is_signed_in:
        raise Unauthenticated
    if kind is STAFF and not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated
    if kind is WORKER and actor.kind is not ActorKind.WORKER:
        raise Forbidden(_("This endpoint is for workers only.")) if actor.is_signed_in else Unauthenticated


def insufficient_scope(*scopes: str) -> InsufficientScope:
    """Return the refusal for an OAuth application; without scopes, no scope would admit it."""
    needed = f', scope="{" ".join(scopes)}"' if scopes else ""
    return InsufficientScope(headers={"WWW-Authenticate": f'Bearer error="insufficient_scope"{needed}'})
