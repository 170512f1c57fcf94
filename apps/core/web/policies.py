"""Access policies: a view declares who may call it, and gets the object that its policy opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, InsufficientScope, NotFound, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])
HANDLERS = ("get", "post", "put", "patch", "delete")
TOKEN, SESSION = "AccessToken", "Session"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a view, and the object that the view gets.

    name                 stable, unique on the site
    words                description in the OpenAPI document
    admits_anonymous     anonymous users see what is public
    admits_applications  OAuth applications see what is public and what their scopes allow;
                         every other policy refuses applications without one of the view's scopes
    credentials          security schemes of the OpenAPI document that can satisfy the policy
    check                refuses an actor whatever the object
    open                 open(request, **names, lock=False) returns the object that the URL names, or refuses;
                         a response in its place (a redirect, a form) is sent as it is.
                         With lock, the row is held until the transaction ends.
    takes                parameters of the URL that `open` takes; the view does not get them
    gives                name by which the view gets the object; empty if it gets none
    need                 access to the object that `open` requires
    """

    name: str
    words: str
    admits_anonymous: bool = False
    admits_applications: bool = False
    credentials: tuple[str, ...] = (TOKEN, SESSION)
    check: Callable[[Actor], None] | None = field(default=None, compare=False)
    open: Callable[..., Any] | None = field(default=None, compare=False)
    takes: tuple[str, ...] = ()
    gives: str = ""
    need: Need | None = None

    def open_for(self, request: Any, names: Mapping[str, Any], **options: Any) -> Any:
        """Return the object that the parameters of a URL name, None if the policy opens nothing."""
        if self.open is None:
            return None
        return self.open(request, **{name: names[name] for name in self.takes if name in names}, **options)


def _check_signed_in(actor: Actor) -> None:
    if not actor.is_signed_in:
        raise Unauthenticated


def _check_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFound if actor.is_signed_in else Unauthenticated


def check_writer(actor: Actor) -> None:
    """Refuse credentials that may not write in the name of their person, such as read-only tokens.

    raises  Unauthenticated, Forbidden
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    own = f"namespace:{actor.name.casefold()}"
    if actor.namespace_id is None or not actor.can(Need.WRITE, actor.namespace_id, own):
        raise Forbidden


def _check_worker(actor: Actor) -> None:
    if actor.kind is not ActorKind.WORKER:
        raise Forbidden(_("This endpoint is for workers only.")) if actor.is_signed_in else Unauthenticated


PUBLIC = Policy("public", "public", admits_anonymous=True, admits_applications=True)
SIGNED_IN = Policy("signed-in", "signed in", check=_check_signed_in)
WRITER = Policy("writer", "signed in, with a credential that may write", check=check_writer)
STAFF = Policy("staff", "staff", check=_check_staff)
WORKER = Policy("worker", "worker", credentials=(TOKEN,), check=_check_worker)
POLICIES = [PUBLIC, SIGNED_IN, WRITER, STAFF, WORKER]


def requires(kind: Policy, *, scopes: Sequence[str] = (), **by_method: Policy) -> Callable[[View], View]:
    """Declare and enforce the policy of a view function or class; `PATCH=…` overrides it for a method.

    The view gets the object that the policy opens in place of its address.

    scopes  any of them admits an OAuth application that the policy would refuse
    """
    opens = any(policy.open is not None for policy in (kind, *by_method.values()))

    def mark(view: View) -> View:
        guarded = _opening(view) if opens else view
        guarded.policy = kind  # type: ignore[attr-defined]
        guarded.policies_by_method = by_method  # type: ignore[attr-defined]
        guarded.oauth_scopes = tuple(scopes)  # type: ignore[attr-defined]
        return guarded

    return mark


def _opening(view: View) -> View:
    """Return a view function that opens its object first; a class gets such handlers."""
    if isinstance(view, type):
        for name in HANDLERS:
            handler = getattr(view, name, None)
            if handler is not None and not hasattr(handler, "opens"):
                setattr(view, name, _opening_handler(handler, name.upper()))
        return view

    @wraps(view)
    def opened(request: Any, **names: Any) -> Any:
        return _call(view, (request,), policy_of(opened, request.method), names)

    return opened  # type: ignore[return-value]


def _opening_handler(handler: Callable[..., Any], method: str) -> Callable[..., Any]:
    @wraps(handler)
    def opened(self: Any, request: Any, **names: Any) -> Any:
        return _call(handler, (self, request), policy_of(self, method), names)

    opened.opens = True  # type: ignore[attr-defined]
    return opened


def _call(
    view: Callable[..., Any], args: tuple[Any, ...], policy: Policy | None, names: dict[str, Any]
) -> Any:
    if policy is None or policy.open is None:
        return view(*args, **names)
    found = policy.open_for(args[-1], names)
    if isinstance(found, HttpResponseBase):
        return found
    rest = {name: value for name, value in names.items() if name not in policy.takes}
    return view(*args, **rest, **({policy.gives: found} if policy.gives else {}))


def policy_of(view: Any, method: str | None = None) -> Policy | None:
    """Return the declared policy of a resolved view; None for allauth's, which enforce their own."""
    for holder in _holders(view):
        declared: Policy | None = getattr(holder, "policy", None)
        if declared is not None:
            by_method: dict[str | None, Policy] = getattr(holder, "policies_by_method", {})
            return by_method.get("GET" if method == "HEAD" else method, declared)
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
    if kind is not None and kind.check is not None:
        kind.check(actor)


def insufficient_scope(*scopes: str) -> InsufficientScope:
    """Return the refusal for an OAuth application; without scopes, no scope would admit it."""
    needed = f', scope="{" ".join(scopes)}"' if scopes else ""
    return InsufficientScope(headers={"WWW-Authenticate": f'Bearer error="insufficient_scope"{needed}'})
