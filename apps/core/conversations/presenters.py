"""What pages show of a conversation: posts with what the reader may do with each, windows, histories."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.declaration import PageReference
from apps.core.moderation.providers import name_of
from apps.core.text.differences import Change, Run, text_differences

from .access import can_moderate, is_author, reply_refusal
from .models import SOURCE_LIMIT_CHARACTERS, Post, PostKind, PostRevision, PostState, Thread
from .providers import NO_EXTRAS, EventLabel, PostExtras, ThreadPlace, kind_of
from .references import page_references, with_references
from .rendering import VERSION, render_post
from .selectors import (
    Window,
    draft_of,
    held_posts,
    number_at,
    own_reactions,
    read_number,
    revisions_of,
    window_after,
    window_around,
    window_before,
)
from .services.posts import POST
from .services.reactions import REACTIONS

NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person next to what they wrote; without a path, the account was deleted."""

    name: str
    path: str = ""
    avatar: str = ""


@dataclass(frozen=True, slots=True)
class ReactionView:
    emoji: str
    count: int = 0
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class ReplyView:
    """The post that a post replies to."""

    author: PersonView
    path: str
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A post as one reader sees it.

    content    its name for moderation
    number     None while it is held
    path       its permanent link
    html       empty if the reader may not see the text, as the source
    edited_at  None if the text is the first one
    editor     who wrote the text, if not the author
    event      how to show what happened, for an event
    extras     badges and acts that only this kind of conversation has
    """

    id: str
    thread_id: str
    number: int | None
    path: str
    author: PersonView
    content: str = ""
    html: SafeString = NOTHING
    source: str = ""
    state: PostState = PostState.VISIBLE
    published_at: datetime | None = None
    edited_at: datetime | None = None
    editor: PersonView | None = None
    revision: int = 1
    reply: ReplyView | None = None
    reactions: tuple[ReactionView, ...] = ()
    offered: tuple[ReactionView, ...] = ()
    event: EventLabel | None = None
    extras: PostExtras = NO_EXTRAS
    is_own: bool = False
    is_unread: bool = False
    may_reply: bool = False
    may_react: bool = False
    may_edit: bool = False
    may_delete: bool = False
    may_restore: bool = False
    may_hide: bool = False
    may_show: bool = False
    may_approve: bool = False
    may_report: bool = False

    @property
    def anchor(self) -> str:
        return f"post-{self.number}" if self.number else f"held-{self.id}"

    @property
    def is_held(self) -> bool:
        return self.state == PostState.HELD

    @property
    def is_hidden(self) -> bool:
        return self.state == PostState.HIDDEN

    @property
    def is_deleted(self) -> bool:
        return self.state == PostState.DELETED

    @property
    def look(self) -> str:
        """The class that sets a post apart from its neighbours."""
        if self.is_held:
            return "held"
        if self.is_hidden or self.is_deleted:
            return "removed"
        return "highlighted" if self.extras.is_highlighted else ""

    @property
    def has_acts(self) -> bool:
        acts = (self.may_edit, self.may_delete, self.may_hide, self.may_show, self.may_report)
        return any(acts) or self.edited_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowView:
    """Consecutive posts of a thread; before and after are where the next windows begin, None at an end."""

    thread_id: str
    path: str
    posts: list[PostView]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A conversation on its page.

    held          posts that wait for a moderator: the reader's own, all of them for moderators
    refusal       why the reader cannot reply; empty if they can
    first_unread  number of the first post that the reader has not read; None without a mark or news
    draft         what the reader has written and not sent
    place         where the draft is kept
    """

    id: str
    path: str
    window: WindowView
    held: list[PostView]
    last_number: int
    post_count: int
    read_number: int
    first_unread: int | None
    is_signed_in: bool
    is_locked: bool
    is_moderator: bool
    closes_at: datetime | None
    slow_mode_seconds: int
    refusal: str
    composer: ComposerView

    @property
    def unread_count(self) -> int:
        return self.last_number - self.first_unread + 1 if self.first_unread else 0

    @property
    def is_long(self) -> bool:
        return self.window.before is not None or self.window.after is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposerView:
    """A form to write or edit a post.

    action    where it is sent
    place     of the draft; empty if none is kept
    reply     the post that it replies to, and its id
    preview   the text as readers will see it, once asked for
    error     why it was not accepted
    revision  the one that an edit replaces
    """

    action: str
    place: str = ""
    source: str = ""
    label: str = ""
    button: str = ""
    reply: ReplyView | None = None
    reply_id: str | None = None
    preview: SafeString | None = None
    error: str = ""
    revision: int = 0
    limit: int = SOURCE_LIMIT_CHARACTERS

    @property
    def field_id(self) -> str:
        """A name that no other composer of a page has."""
        return self.place.replace(":", "-") or f"new-{len(self.source)}"


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A text of a post, compared with the one before it."""

    number: int
    editor: PersonView
    written_at: datetime
    runs: list[Run]
    is_purged: bool = False
    is_former: bool = True


# a thread and its windows


def thread_view(
    actor: Actor, thread: Thread, place: ThreadPlace, query: Mapping[str, str] | None = None
) -> ThreadView:
    """Return a conversation around where the reader wants to be.

    query  of the page: `post` (a number), `date`, `before`, `after` or `at` (first, last, unread); without
           them the window begins where the reader stopped
    """
    is_moderator = can_moderate(actor, thread)
    read = read_number(actor, thread)
    window = _window_at(actor, thread, query or {}, read)
    refusal = reply_refusal(actor, thread, is_moderator=is_moderator)
    reader = _Reader(actor, thread, place, is_moderator, refusal is None, read)
    return ThreadView(
        id=thread.public_id,
        path=place.path,
        window=reader.window(window),
        held=reader.posts(list(held_posts(actor, thread, is_moderator=is_moderator)))
        if actor.is_signed_in
        else [],
        last_number=thread.last_number,
        post_count=thread.post_count,
        read_number=read,
        first_unread=read + 1 if 0 < read < thread.last_number else None,
        is_signed_in=actor.is_signed_in,
        is_locked=thread.is_locked,
        is_moderator=is_moderator,
        closes_at=thread.closes_at,
        slow_mode_seconds=thread.slow_mode_seconds,
        refusal=refusal.words if refusal else "",
        composer=reply_composer(actor, thread),
    )


def window_view(actor: Actor, thread: Thread, place: ThreadPlace, query: Mapping[str, str]) -> WindowView:
    """Return the window before or after a number, for scripts that add it to a page."""
    is_moderator = can_moderate(actor, thread)
    may_reply = reply_refusal(actor, thread, is_moderator=is_moderator) is None
    read = read_number(actor, thread)
    reader = _Reader(actor, thread, place, is_moderator, may_reply, read)
    return reader.window(_window_at(actor, thread, query, read))


def post_view(actor: Actor, post: Post) -> PostView:
    """Return one post as the actor sees it."""
    thread, is_moderator = post.thread, can_moderate(actor, post.thread)
    may_reply = reply_refusal(actor, thread, is_moderator=is_moderator) is None
    reader = _Reader(actor, thread, place_of(thread), is_moderator, may_reply, thread.last_number)
    return reader.posts([post])[0]


def place_of(thread: Thread) -> ThreadPlace:
    """Return where a thread is read."""
    return kind_of(thread).places([thread.pk])[thread.pk]


def path_of(post: Post) -> str:
    """Return the page and the place on it at which a post is read."""
    place = place_of(post.thread)
    return place.post_path(post.number) if post.number else f"{place.path}#held-{post.public_id}"


def _window_at(actor: Actor, thread: Thread, query: Mapping[str, str], read: int) -> Window:
    if before := _number(query.get("before")):
        return window_before(actor, thread, before)
    if (after := _number(query.get("after"))) or query.get("after") == "0":
        return window_after(actor, thread, after)
    return window_around(actor, thread, _start(thread, query, read))


def _start(thread: Thread, query: Mapping[str, str], read: int) -> int:
    """Return the number to show; what cannot be read means where the reader stopped."""
    if number := _number(query.get("post")):
        return number
    if day := _day(query.get("date", "")):
        return number_at(thread, day)
    starts = {"first": 1, "last": thread.last_number, "unread": read + 1}
    return starts.get(query.get("at", ""), read + 1 if read else 1)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# one post


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads a thread, and what holds for all of its posts."""

    actor: Actor
    thread: Thread
    place: ThreadPlace
    is_moderator: bool
    may_reply: bool
    read: int

    def window(self, window: Window) -> WindowView:
        return WindowView(
            thread_id=self.thread.public_id,
            path=self.place.path,
            posts=self.posts(window.posts),
            before=window.before,
            after=window.after,
        )

    def posts(self, posts: list[Post]) -> list[PostView]:
        own = own_reactions(self.actor, [post for post in posts if post.reactions]) if posts else {}
        references = page_references(self.actor, posts)
        comments = [post for post in posts if post.kind == PostKind.COMMENT]
        extras = kind_of(self.thread).extras(self.actor, self.thread, comments) if comments else {}
        return [
            self._event(post)
            if post.kind == PostKind.EVENT
            else self._post(post, own, references, extras.get(post.pk, NO_EXTRAS))
            for post in posts
        ]

    def _event(self, post: Post) -> PostView:
        return PostView(
            id=post.public_id,
            thread_id=self.thread.public_id,
            number=post.number,
            path=self._path(post),
            author=person_view(post.author),
            published_at=post.published_at,
            event=kind_of(self.thread).event_label(post),
            is_unread=self._is_unread(post),
        )

    def _post(
        self,
        post: Post,
        own: Mapping[int, Collection[str]],
        references: Mapping[str, PageReference],
        extras: PostExtras,
    ) -> PostView:
        state, is_own = PostState(post.state), is_author(self.actor, post)
        is_visible = state == PostState.VISIBLE
        is_readable = shows_text(post, is_own=is_own, is_moderator=self.is_moderator)
        is_writable = is_own and (self.is_moderator or not self.thread.is_locked)
        signed_in = self.actor.is_signed_in
        return PostView(
            id=post.public_id,
            thread_id=self.thread.public_id,
            number=post.number,
            path=self._path(post),
            author=author_view(post),
            content=name_of(POST, post.public_id),
            html=with_references(html_of(post), references) if is_readable else NOTHING,
            source=post.source if is_readable else "",
            state=state,
            published_at=post.published_at or post.created_at,
            edited_at=post.edited_at if is_readable else None,
            editor=name_view(post.editor) if post.editor_id and is_readable else None,
            revision=post.revision,
            reply=self._reply(post.reply_to),
            reactions=_reactions(post, own.get(post.pk, ())) if is_visible else (),
            offered=_offered(own.get(post.pk, ())) if is_visible and signed_in else (),
            extras=extras,
            is_own=is_own,
            is_unread=self._is_unread(post),
            may_reply=is_visible and self.may_reply,
            may_react=is_visible and signed_in,
            may_edit=state != PostState.DELETED
            and (self.is_moderator or (is_writable and state != PostState.HIDDEN)),
            may_delete=is_own and state in (PostState.VISIBLE, PostState.HELD),
            may_restore=is_own and state == PostState.DELETED and post.number is not None,
            may_hide=self.is_moderator and state in (PostState.VISIBLE, PostState.HELD),
            may_show=self.is_moderator and state == PostState.HIDDEN,
            may_approve=self.is_moderator and state == PostState.HELD,
            may_report=is_visible and signed_in and not is_own,
        )

    def _path(self, post: Post) -> str:
        return (
            self.place.post_path(post.number) if post.number else f"{self.place.path}#held-{post.public_id}"
        )

    def _reply(self, post: Post | None) -> ReplyView | None:
        if post is None or post.number is None:
            return None
        return ReplyView(name_view(post.author), self._path(post), post.number)

    def _is_unread(self, post: Post) -> bool:
        return self.actor.is_signed_in and 0 < self.read < (post.number or 0)


def shows_text(post: Post, *, is_own: bool, is_moderator: bool) -> bool:
    """Return whether a reader sees the text of a post in a thread that they may read."""
    return post.is_visible or is_moderator or (is_own and post.state != PostState.DELETED)


def is_moderated_by(actor: Actor, thread: Thread) -> bool:
    return can_moderate(actor, thread)


def html_of(post: Post) -> SafeString:
    """Return the text of a post as HTML, rendered anew if the renderer has changed since."""
    is_current = post.html_version == VERSION
    return SafeString(post.html if is_current else render_post(post.source).html)


def person_view(person: Any) -> PersonView:
    """Return a person with their avatar, also one whose account was deleted."""
    name = name_view(person)
    return PersonView(name.name, name.path, person.namespace.avatar_url) if person else name


def author_view(post: Post) -> PersonView:
    """Return who wrote a post; of an imported one, whose author has no account here, the name."""
    name = str(post.facts.get("author_name", "")) if post.author is None else ""
    return PersonView(name) if name else person_view(post.author)


def name_view(person: Any) -> PersonView:
    """Return a person without an avatar, which would need the row of their namespace."""
    if person is None:
        return PersonView(_("deleted account"))
    return PersonView(person.username, person.get_absolute_url())


def _reactions(post: Post, own: Collection[str]) -> tuple[ReactionView, ...]:
    counts = post.reactions
    return tuple(ReactionView(one, counts[one], one in own) for one in REACTIONS if counts.get(one))


def _offered(own: Collection[str]) -> tuple[ReactionView, ...]:
    return tuple(ReactionView(one, is_own=one in own) for one in REACTIONS)


# writing


def reply_composer(actor: Actor, thread: Thread, **facts: Any) -> ComposerView:
    """Return the form of a reply, with the reader's draft."""
    place = f"reply:{thread.public_id}"
    draft = draft_of(actor, place) if "source" not in facts else None
    shown = {"source": draft.source if draft else "", "label": _("Your reply"), "button": _("Reply"), **facts}
    return ComposerView(action=f"/threads/{thread.public_id}/reply", place=place, **shown)


def edit_composer(post: Post, **facts: Any) -> ComposerView:
    """Return the form that edits a post."""
    shown = {"source": post.source, "revision": post.revision, **facts}
    return ComposerView(
        action=f"/posts/{post.public_id}/edit",
        place=f"edit:{post.public_id}",
        label=_("Text of the post"),
        button=_("Save"),
        **shown,
    )


def reply_to_view(post: Post) -> ReplyView:
    return ReplyView(name_view(post.author), path_of(post), post.number)


def quoted(post: Post) -> str:
    """Return the text of a post as a quote that a reply begins with."""
    name = name_view(post.author).name
    lines = "\n".join(f"> {line}".rstrip() for line in post.source.splitlines())
    return f"> @{name} [#{post.number}]({path_of(post)})\n>\n{lines}\n\n"


# history

HISTORY_SIZE = 20


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Texts of a post, newest first; before is the number that older ones continue at."""

    revisions: list[RevisionView]
    before: int | None


def history_view(post: Post, before: int | None = None) -> HistoryView:
    """Return texts of a post that the reader may see, each compared with the one before it."""
    former = revisions_of(post)
    rows = list((former.filter(number__lt=before) if before else former)[: HISTORY_SIZE + 1])
    texts = rows if before else [_latest_text(post), *rows]
    shown = [
        RevisionView(
            number=text.number,
            editor=name_view(text.editor),
            written_at=text.created_at,
            runs=_runs(text, older),
            is_purged=text.purged_at is not None,
            is_former=text.pk is not None,
        )
        for text, older in zip_longest(texts[:HISTORY_SIZE], texts[1 : HISTORY_SIZE + 1])
    ]
    return HistoryView(shown, shown[-1].number if len(texts) > HISTORY_SIZE else None)


def _latest_text(post: Post) -> PostRevision:
    """Return the text that a post has now in the form of a former one; it is not stored."""
    return PostRevision(
        post=post,
        number=post.revision,
        source=post.source,
        editor=post.editor or post.author,
        created_at=post.edited_at or post.created_at,
    )


def _runs(text: PostRevision, older: PostRevision | None) -> list[Run]:
    """Return a text with its differences, if there is something that it can be compared with."""
    if older is None or older.purged_at is not None or text.purged_at is not None:
        return [Run(Change.SAME, text.source)]
    return text_differences(older.source, text.source)
