"""The sections of repositories on the page of a person or an organization."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.template.loader import render_to_string

from apps.core.actor import Actor
from apps.core.declaration import OwnNamespace, ProfileSection
from apps.core.web.http import HubRequest

from ..addresses import RepoKind
from ..kinds import LABELS, labels_of
from ..selectors.lists import Filters, list_repos, repos_matching
from .lists import with_scores

SHOWN = 6
# kinds whose section is shown while it is empty
MAIN = (RepoKind.MODEL, RepoKind.DATASET)


def _renderer(kind: RepoKind) -> Callable[[HubRequest, OwnNamespace], str]:
    def render(request: HubRequest, namespace: OwnNamespace) -> str:
        """Return the cards of the repositories that changed last."""
        filters = Filters(author=namespace.name)
        page = list_repos(request.actor, kind, filters, order="updated", cursor=None, limit=SHOWN)
        if not page.items and kind not in MAIN:
            return ""
        context = {"rows": with_scores(request, page), "labels": labels_of(kind)}
        return render_to_string("registry/repos/_repos.html", context, request)

    return render


def _counter(kind: RepoKind) -> Callable[[Actor, OwnNamespace], int]:
    def count(actor: Actor, namespace: OwnNamespace) -> int:
        return repos_matching(actor, kind, Filters(author=namespace.name)).count()

    return count


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
