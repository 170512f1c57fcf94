"""What core asks the apps whose events it tells; apps declare NotificationKinds and TargetKinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from apps.core.actor import Actor
from apps.core.declaration import declared
from apps.core.errors import Forbidden

from .models import Event, MailMode


@dataclass(frozen=True, slots=True)
class MailBody:
    """What a mail says.

    html  safe; if empty, the text is shown as it is
    """

    text: str
    html: str


class NotificationKind(ABC):
    """One kind of event.

    name          unique on the site and never changed
    label         what people choose mail for, translated when shown
    default_mail  of people who have not chosen
    takes_replies whether one can answer its mails
    """

    name: ClassVar[str]
    label: ClassVar[Any]
    default_mail: ClassVar[MailMode] = MailMode.DIGEST
    takes_replies: ClassVar[bool] = False

    @abstractmethod
    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        """Return those people who may read what the event is about: the others are not told."""

    @abstractmethod
    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        """Return the ids of the events whose source the actor may still read, in few queries."""

    def headline(self, event: Event) -> str:
        """Return the title in the reader's language, if it is not what somebody wrote."""
        return event.title

    def path(self, event: Event) -> str:
        """Return the page of what the event is about, if that can move."""
        return event.path

    def body(self, event: Event) -> MailBody:
        """Return the text of a mail, which is sent to people who may read the event now."""
        return MailBody(event.excerpt, "")

    def reply(self, actor: Actor, event: Event, text: str) -> None:
        """Publish an answer that came by mail; refuses what the actor may not write."""
        raise Forbidden


@dataclass(frozen=True, slots=True)
class TargetPlace:
    """What a subscription is about: its title and its page."""

    title: str
    path: str


class TargetKind(ABC):
    """One kind of thing to subscribe to; a target is `NAME:KEY`.

    name   unique on the site and never changed
    label  of one, translated when shown
    """

    name: ClassVar[str]
    label: ClassVar[Any]

    @abstractmethod
    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        """Return what the actor may see of these, by key, in few queries. A key can be any text."""


def kinds() -> dict[str, NotificationKind]:
    """Return the kinds of notifications of all apps by name."""
    found = cast("tuple[NotificationKind, ...]", declared().notification_kinds)
    return {kind.name: kind for kind in found}


def target_kinds() -> dict[str, TargetKind]:
    found = cast("tuple[TargetKind, ...]", declared().target_kinds)
    return {kind.name: kind for kind in found}


def target_places(actor: Actor, targets: Collection[str]) -> dict[str, TargetPlace]:
    """Return what the actor may see of targets; others are absent."""
    keys: dict[str, list[str]] = {}
    for target in targets:
        name, _colon, key = target.partition(":")
        keys.setdefault(name, []).append(key)
    found: dict[str, TargetPlace] = {}
    for name, kind in target_kinds().items():
        places = kind.places(actor, keys[name]) if name in keys else {}
        found |= {f"{name}:{key}": place for key, place in places.items()}
    return found


def readable_events(actor: Actor, events: Sequence[Event]) -> set[int]:
    """Return the ids of the events whose source the actor may still read."""
    found: set[int] = set()
    for name, kind in kinds().items():
        if own := [event for event in events if event.kind == name]:
            found |= set(kind.readable(actor, own))
    return found
