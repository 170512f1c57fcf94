"""The forum on pages of others: the section of a profile."""

from __future__ import annotations

from django.template.loader import render_to_string

from apps.core.declaration import OwnNamespace
from apps.core.web.http import HubRequest

from .access import rights_of
from .presenters import topic_rows
from .selectors import TopicFilter, TopicList, order_of, solved_by, topics_for

SHOWN = 5


def topic_count(request: HubRequest, namespace: OwnNamespace) -> int:
    return topics_for(request.actor, filters=TopicFilter(author=namespace.name)).count()


def topic_section(request: HubRequest, namespace: OwnNamespace) -> str:
    """Return what a person asked and solved last; nothing without any."""
    rights = rights_of(request.actor)
    rows = topics_for(request.actor, filters=TopicFilter(author=namespace.name), rights=rights)
    started = list(rows.order_by(*order_of(TopicList.NEW))[:SHOWN])
    solved = list(
        solved_by(request.actor, namespace.name, rights=rights).order_by("-solved_at", "-id")[:SHOWN]
    )
    if not started and not solved:
        return ""
    context = {
        "started": topic_rows(request.actor, started),
        "solved": topic_rows(request.actor, solved),
        "name": namespace.name,
    }
    return render_to_string("community/forum/_profile.html", context, request)


def topics_path(namespace: OwnNamespace) -> str:
    return f"/forum/search?author={namespace.name}"
