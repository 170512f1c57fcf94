"""What core asks the app that content belongs to; apps declare a ModeratedKind each, and trust statistics."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, cast

from apps.core.actor import Actor
from apps.core.declaration import declared

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class ContentView:
    """What moderators see of content.

    path  of its page
    """

    title: str
    excerpt: str
    path: str
    author_id: int | None
    created_at: datetime


class ModeratedKind(ABC):
    """A kind of content that can be held, reported and hidden.

    Acts run in a transaction, after moderation has checked who acts; one that has nothing to do does nothing.

    Content is named by its kind and a key, such as `post:5f0c2b7e91d44a86`. People and programs see the name,
    so the key says nothing of how many rows there are.

    name   first part of the names; unique and never changed
    label  what one is called, translated when shown
    """

    name: ClassVar[str]
    label: ClassVar[Any]

    @abstractmethod
    def views(self, keys: Collection[str]) -> Mapping[str, ContentView]:
        """Return what moderators see, by key, in a fixed number of queries; absent content is left out."""

    @abstractmethod
    def publish(self, key: str) -> None:
        """Publish what is held; what is published stays."""

    @abstractmethod
    def hide(self, key: str, reason: str) -> None:
        """Hide what was published or held; its author sees it and the reason."""

    @abstractmethod
    def restore(self, key: str) -> None:
        """Show again what was hidden."""

    @abstractmethod
    def of_author(self, user_id: int) -> Collection[str]:
        """Return the keys of what a person has published and everybody can see."""

    @abstractmethod
    def can_moderate(self, actor: Actor, key: str) -> bool:
        """Return whether the actor may decide about it."""

    def can_see(self, actor: Actor, key: str) -> bool:
        """Return whether the actor may read it, and so report it."""
        return self.can_moderate(actor, key)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a person did, for their trust level; those of several apps are added up.

    threads_seen_percent  of the threads with news in that time, how many they opened
    """

    threads_read: int = 0
    posts_read: int = 0
    threads_replied_to: int = 0
    reactions_given: int = 0
    reactions_received: int = 0
    threads_seen_percent: int = 0


# takes ids of people and a time (None is all time), and returns what they did since then by id
TrustStatistics = Callable[[Collection[int], datetime | None], Mapping[int, Statistics]]


def moderated_kinds() -> dict[str, ModeratedKind]:
    """Return the kinds of all apps by name."""
    return {kind.name: kind for kind in cast("tuple[ModeratedKind, ...]", declared().moderated_kinds)}


def name_of(kind: str, key: str) -> str:
    return f"{kind}:{key}"


def parts_of(content: str) -> tuple[ModeratedKind, str] | None:
    """Return the kind and the key of named content; None if no app has such a kind."""
    kind, _colon, key = content.partition(":")
    found = moderated_kinds().get(kind)
    return (found, key) if found and KEY.fullmatch(key) else None


def views_of(contents: Collection[str]) -> dict[str, ContentView]:
    """Return what moderators see of content of any kinds, by name."""
    keys: dict[str, list[str]] = {}
    for content in contents:
        if parts := parts_of(content):
            keys.setdefault(parts[0].name, []).append(parts[1])
    kinds = moderated_kinds()
    return {
        name_of(kind, key): view
        for kind, found in keys.items()
        for key, view in kinds[kind].views(found).items()
    }
