"""What core asks the app that a conversation belongs to; apps declare a ConversationKind each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.declaration import declared

from .models import Post, Thread


@dataclass(frozen=True, slots=True)
class ThreadPlace:
    """Where a thread is read.

    title  of the page
    path   of the page; a post is at `path#post-NUMBER`
    """

    title: str
    path: str

    def post_path(self, number: int) -> str:
        """Return the permanent link of a post: the page loads the posts around it."""
        return f"{self.path}?post={number}#post-{number}"


@dataclass(frozen=True, slots=True)
class EventLabel:
    """How an event is shown, after the name of who caused it and before the time.

    icon  name in the sprite
    """

    words: Any
    icon: str = "dot"


@dataclass(frozen=True, slots=True)
class PostBadge:
    """A short fact next to the author of a post, such as "Accepted answer"; tone as of c-badge."""

    words: Any
    tone: str = ""


@dataclass(frozen=True, slots=True)
class PostAct:
    """A button below a post, which only its kind of conversation has.

    action   address that the form is sent to
    fields   names and values of the hidden fields of the form
    icon     name in the sprite
    is_icon  the words are its name and not shown
    is_on    it takes back what was done
    """

    words: Any
    action: str
    fields: tuple[tuple[str, str], ...] = ()
    icon: str = "check"
    is_icon: bool = False
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class PostExtras:
    """What a kind of conversation adds to a post; a highlighted one stands out."""

    badges: tuple[PostBadge, ...] = ()
    acts: tuple[PostAct, ...] = ()
    is_highlighted: bool = False


NO_EXTRAS = PostExtras()
EVENTS = {
    "locked": EventLabel(_("locked this conversation"), "lock"),
    "unlocked": EventLabel(_("unlocked this conversation"), "key"),
}


class ConversationKind(ABC):
    """One kind of conversation: who reads it, who writes, and where it is.

    name    unique on the site and never changed
    label   what one is called, translated when shown
    events  labels of the events that only this kind has, by name
    """

    name: ClassVar[str]
    label: ClassVar[Any]
    events: ClassVar[Mapping[str, EventLabel]] = {}

    @abstractmethod
    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        """Return the threads of this kind that the actor may read."""

    @abstractmethod
    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        """Return where threads are read, by id, in one query."""

    @abstractmethod
    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        """Return those people who may read a thread: the others are not told of it."""

    def targets(self, thread: Thread) -> list[str]:
        """Return what people can watch or mute to hear of a thread, such as the thread and `category:3`."""
        return [thread.target]

    def event_label(self, post: Post) -> EventLabel:
        """Return how an event of a thread is shown."""
        name = str(post.facts.get("event", ""))
        return self.events.get(name) or EVENTS.get(name) or EventLabel(name)

    def extras(self, actor: Actor, thread: Thread, posts: Sequence[Post]) -> Mapping[int, PostExtras]:
        """Return badges and acts of the comments among the posts by id, in a constant number of queries."""
        return {}

    def check_reply(self, actor: Actor, thread: Thread) -> None:  # noqa: B027
        """Refuse a reply that the actor may not write; they may read the thread."""

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        """Return whether the actor may edit, hide and lock what others wrote."""
        return actor.is_staff

    def post_changed(self, post: Post) -> None:  # noqa: B027
        """Follow a post that was published, edited, hidden or shown, in the same transaction."""


def kinds() -> dict[str, ConversationKind]:
    """Return the kinds of all apps by name."""
    found = cast("tuple[ConversationKind, ...]", declared().conversation_kinds)
    return {kind.name: kind for kind in found}


def kind_of(thread: Thread) -> ConversationKind:
    return kinds()[thread.kind]
