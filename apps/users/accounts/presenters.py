"""What the page of a person or an organization shows of other apps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from apps.core.declaration import FeedLink, ProfileSection, declared
from apps.core.web.http import HubRequest

from .models import Namespace


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its content.

    count    number of objects that the reader may see; None if the app does not count
    path     of the page with all; empty if there is none
    content  safe HTML
    """

    key: str
    label: Any
    count: int | None
    path: str
    content: str


def sections_of(request: HubRequest, namespace: Namespace) -> list[ShownSection]:
    """Return the sections of a namespace in order, without those that an app leaves out."""
    found = sorted(declared().profile_sections, key=lambda section: section.order)
    shown = [_shown(section, request, namespace) for section in found]
    return [section for section in shown if section.content.strip()]


def _shown(section: ProfileSection, request: HubRequest, namespace: Namespace) -> ShownSection:
    content = section.render(request, namespace)
    count = section.count(request.actor, namespace) if section.count and content else None
    path = section.path(namespace) if section.path else ""
    return ShownSection(section.key, section.label, count, path, content)


def feeds_of(namespace: Namespace) -> list[FeedLink]:
    """Return the site's feeds, limited to a namespace."""
    query = f"?author={quote(namespace.name)}"
    return [FeedLink(feed.title, feed.path + query, feed.media_type) for feed in declared().feeds]
