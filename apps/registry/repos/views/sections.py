"""The sections of repositories on the page of a person or an organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.db.models import Count
from django.template.loader import render_to_string

from apps.core.declaration import OwnNamespace, ProfileSection
from apps.core.web.http import HubRequest

from ..access import visible_to
from ..addresses import RepoKind
from ..kinds import LABELS, labels_of
from ..selectors.lists import Filters, list_repos
from .lists import with_scores

SHOWN = 6
# kinds whose section is shown while it is empty
MAIN = (RepoKind.MODEL, RepoKind.DATASET)


def counts_of(request: HubRequest, namespace: OwnNamespace) -> dict[str, int]:
    """Return the number of repositories that the reader sees by kind, from one query per request."""
    known: dict[int, dict[str, int]] = request.__dict__.setdefault("repo_counts", {})
    if namespace.pk not in known:
        rows = visible_to(request.actor).filter(namespace_id=namespace.pk).order_by()
        known[namespace.pk] = dict(rows.values_list("kind").annotate(count=Count("pk")))
    return known[namespace.pk]


def _counter(kind: RepoKind) -> Callable[[HubRequest, OwnNamespace], int]:
    return lambda request, namespace: counts_of(request, namespace).get(kind.value, 0)


def _renderer(kind: RepoKind) -> Callable[[HubRequest, OwnNamespace], str]:
    def render(request: HubRequest, namespace: OwnNamespace) -> str:
        """Return the cards of the repositories that changed last."""
        rows: list[dict[str, Any]] = []
        if counts_of(request, namespace).get(kind.value):
            filters = Filters(author=namespace.name)
            page = list_repos(request.actor, kind, filters, order="updated", cursor=None, limit=SHOWN)
            rows = with_scores(request, page)
        elif kind not in MAIN:
            return ""
        return render_to_string(
            "registry/repos/_repos.html", {"rows": rows, "labels": labels_of(kind)}, request
        )

    return render


def _path(kind: RepoKind) -> Callable[[OwnNamespace], str]:
    return lambda namespace: f"{labels_of(kind).href}?author={quote(namespace.name)}"


SECTIONS = [
    ProfileSection(
        key=f"{kind}s",
        label=labels.title,
        order=order,
        count=_counter(kind),
        render=_renderer(kind),
        path=_path(kind),
    )
    for order, (kind, labels) in enumerate(LABELS.items(), 110)
]
