"""Access requests of gated repositories."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import Actor
from apps.core.web.pagination import Page, page_by_cursor

from ..models import AccessRequest, AccessState, Repo

ORDER = ("created_at", "id")


def access_requests(repo: Repo, state: AccessState, *, cursor: str | None, limit: int) -> Page[AccessRequest]:
    """Return a page of requests with their users, oldest first (raises BadRequest for a bad cursor)."""
    rows = requests_to(repo).filter(state=state, user__is_active=True)
    return page_by_cursor(rows, order=ORDER, cursor=cursor, limit=limit)


def requests_to(repo: Repo) -> QuerySet[AccessRequest]:
    rows = AccessRequest.objects.filter(repo=repo).select_related("user__namespace", "decided_by")
    return rows.prefetch_related("user__emailaddress_set")


def own_request(actor: Actor, repo: Repo) -> AccessRequest | None:
    """Return the actor's own request, if any."""
    return requests_to(repo).filter(user_id=actor.user_id).first() if actor.user_id else None
