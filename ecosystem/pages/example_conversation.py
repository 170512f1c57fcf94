"""Posts and composers in each state, for the style guide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.core.conversations.models import PostState
from apps.core.conversations.presenters import (
    ComposerView,
    PersonView,
    PostView,
    ReactionView,
    ReplyView,
)
from apps.core.conversations.providers import EVENTS
from apps.core.conversations.references import with_references
from apps.core.conversations.services.reactions import REACTIONS
from apps.core.declaration import PageReference
from apps.core.text.markdown import render_markdown

PATH = "/styleguide"
TEXT = """Which learning rate works for [/owner/tiny-sentiment](/owner/tiny-sentiment)?

[/owner/tiny-encoder](/owner/tiny-encoder)

- [x] `5e-5`
- [ ] `1e-4`
"""
OWNER, MEMBER = PersonView("owner", "/owner"), PersonView("member", "/member")


@dataclass(frozen=True, slots=True)
class ExampleConversation:
    posts: list[PostView]
    composers: list[ComposerView]


def example_conversation(now: datetime) -> ExampleConversation:
    """Return a post in each state, an event, and the composer empty, with a preview and refused."""
    return ExampleConversation(list(_posts(now)), list(_composers()))


def _posts(now: datetime) -> list[PostView]:
    cards = {
        f"/owner/{name}": PageReference(title=f"owner/{name}", icon="model", kind=_("Model"))
        for name in ("tiny-sentiment", "tiny-encoder")
    }
    offered = [ReactionView(one) for one in REACTIONS]
    text = with_references(render_markdown(TEXT, "/"), cards)
    reply = with_references(render_markdown(_("Start with the first one."), "/"), cards)
    return [
        _post(
            1,
            OWNER,
            now - timedelta(days=2),
            html=text,
            reactions=[ReactionView("👍", 3, True), ReactionView("🎉", 1)],
            offered=offered,
            may_react=True,
            may_reply=True,
        ),
        _post(
            2,
            MEMBER,
            now - timedelta(hours=5),
            html=reply,
            reply=ReplyView(OWNER, "#post-1", 1),
            edited_at=now - timedelta(hours=4),
            offered=offered,
            is_unread=True,
            may_react=True,
            may_reply=True,
            may_edit=True,
            may_delete=True,
        ),
        _post(3, MEMBER, now - timedelta(hours=3), state=PostState.DELETED, may_restore=True),
        _post(4, MEMBER, now - timedelta(hours=2), state=PostState.HIDDEN),
        _post(5, OWNER, now - timedelta(hours=1), event=EVENTS["locked"]),
        _post(
            None,
            MEMBER,
            now - timedelta(minutes=2),
            html=reply,
            state=PostState.HELD,
            is_own=True,
            may_approve=True,
            may_hide=True,
        ),
    ]


def _post(number: int | None, author: PersonView, at: datetime, **facts: Any) -> PostView:
    path = f"{PATH}#post-{number}" if number else f"{PATH}#held-6"
    shown: dict[str, Any] = {
        "id": number or 6,
        "number": number,
        "path": path,
        "author": author,
        "published_at": at,
        **facts,
    }
    return PostView(thread_id="1", **shown)


def _composers() -> list[ComposerView]:
    words: dict[str, Any] = {"label": _("Your reply"), "button": _("Reply")}
    return [
        ComposerView(action=PATH, place="", **words),
        ComposerView(
            action=PATH,
            place="",
            source="**Milk**",
            preview=render_markdown("**Milk**", "/"),
            reply=ReplyView(OWNER, "#post-1", 1),
            error=_("This conversation is locked."),
            **words,
        ),
    ]
