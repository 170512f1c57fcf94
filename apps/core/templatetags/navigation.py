"""The links that apps declare for the header, the menus, the command palette and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import Context

from apps.core.actor import ANONYMOUS, Actor
from apps.core.declaration import NavigationEntry, Place, declared

register = template.Library()
GROUP = 100


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one actor sees it.

    keys          of its shortcut
    count         of what is new
    starts_group  whether a line separates it from the one before
    """

    label: Any
    short_label: Any
    path: str
    icon: str
    keys: list[str]
    starts_group: bool
    count: int = 0


@register.simple_tag(takes_context=True)
def navigation(context: Context, place: str) -> list[Link]:
    """Return the links of a place that the actor may see, in order."""
    actor: Actor = context.get("actor") or ANONYMOUS
    links: list[Link] = []
    group = -1
    for entry in entries_at(Place(place)):
        if entry.is_shown(actor):
            before, group = group, entry.places[Place(place)] // GROUP
            links.append(
                _link(entry, actor, starts_group=before not in (-1, group), is_tool=place == Place.TOOLS)
            )
    return links


def entries_at(place: Place) -> list[NavigationEntry]:
    found = [entry for entry in declared().navigation if place in entry.places]
    return sorted(found, key=lambda entry: entry.places[place])


def _link(entry: NavigationEntry, actor: Actor, *, starts_group: bool, is_tool: bool) -> Link:
    path = entry.path if isinstance(entry.path, str) else entry.path(actor)
    short = entry.short_label or entry.label
    count = entry.count(actor) if entry.count and is_tool else 0
    return Link(entry.label, short, path, entry.icon, entry.keys.split(), starts_group, count)
