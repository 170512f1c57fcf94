"""What requests and responses about conversations contain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import Body, RawCharField, StrictBooleanField, StrictCharField, StrictIntegerField
from apps.core.rest.fields import ModelResource, OptionalTextField, PathField, Resource, TimestampField
from apps.core.rest.schema import in_path, page_of, with_example

from ..models import SOURCE_LIMIT_CHARACTERS, Attachment, Draft, Post, PostRevision, Thread
from ..presenters import html_of, place_of, shows_text
from ..services.drafts import FIELD_LIMIT_CHARACTERS

DAY_SECONDS = 24 * 3600
# JSON escapes of a text of the greatest length
SOURCE_LIMIT_BYTES = 1 << 20
THREAD_EXAMPLE, POST_EXAMPLE = "5b8e0f3a9c2d4e71", "0c9d4e7a1b2f6853"
THREAD_ID = in_path("thread_id", "ID of the conversation.")
POST_ID = in_path("post_id", "ID of the post.")


@with_example(
    {
        "id": THREAD_EXAMPLE,
        "kind": "note",
        "title": "Which learning rate works?",
        "url": "/notes/12",
        "post_count": 3,
        "last_number": 4,
        "is_locked": False,
        "slow_mode_seconds": 0,
        "closes_at": None,
        "last_posted_at": "2026-01-31T12:00:00.000Z",
        "created_at": "2026-01-30T12:00:00.000Z",
    }
)
class ThreadDetail(ModelResource):
    """A conversation."""

    id = serializers.CharField(source="public_id")
    title = serializers.CharField(help_text="Title of the page that it is on.")
    url = PathField(help_text="Path of its page.")
    post_count = serializers.IntegerField(help_text="Number of posts that everybody sees.")
    last_number = serializers.IntegerField(help_text="Number of its newest post or event; 0 if it has none.")
    slow_mode_seconds = serializers.IntegerField(help_text="How long a person waits between two posts.")

    class Meta:
        model = Thread
        fields = (
            "id",
            "kind",
            "title",
            "url",
            "post_count",
            "last_number",
            "is_locked",
            "slow_mode_seconds",
            "closes_at",
            "last_posted_at",
            "created_at",
        )
        extra_kwargs = {
            "is_locked": {"help_text": "Whether nobody but moderators can write."},
            "closes_at": {"help_text": "When it locks by itself."},
            "last_posted_at": {"help_text": "When its newest visible post was published."},
        }


class ReactionCount(Resource):
    """How often people reacted with an emoji."""

    emoji = serializers.CharField(help_text="The emoji.")
    count = serializers.IntegerField(help_text="Number of people who reacted with it.")


@with_example(
    {
        "id": POST_EXAMPLE,
        "thread_id": THREAD_EXAMPLE,
        "number": 2,
        "kind": "comment",
        "state": "visible",
        "author": "owner",
        "editor": None,
        "reply_to_id": None,
        "source": "**Milk**",
        "html": "<p><strong>Milk</strong></p>",
        "event": None,
        "revision": 1,
        "reactions": [{"emoji": "👍", "count": 1}],
        "created_at": "2026-01-31T12:00:00.000Z",
        "published_at": "2026-01-31T12:00:00.000Z",
        "edited_at": None,
        "url": f"/posts/{POST_EXAMPLE}",
    }
)
class PostDetail(ModelResource):
    """A post, or an event, of a conversation."""

    id = serializers.CharField(source="public_id")
    thread_id = serializers.CharField(source="thread.public_id", help_text="Id of its conversation.")
    number = serializers.IntegerField(
        allow_null=True, help_text="Place in the conversation; null while it is held for review."
    )
    author = serializers.SerializerMethodField(help_text="Name; null if the account is deleted.")
    editor = serializers.SerializerMethodField(help_text="Who wrote this text, if not the author.")
    reply_to_id = serializers.SerializerMethodField(help_text="ID of the post that it replies to.")
    source = OptionalTextField(help_text="The text in Markdown; null if you may not see it, and for events.")  # type: ignore[assignment]
    html = OptionalTextField(help_text="The text as safe HTML.")
    event = serializers.SerializerMethodField(help_text="Name of what happened, for events.")
    revision = serializers.IntegerField(help_text="Counts the texts of the post; send it with an edit.")
    reactions = serializers.SerializerMethodField(help_text="How often people reacted, by emoji.")
    url = serializers.SerializerMethodField(help_text="Path that leads to the post on its page.")

    class Meta:
        model = Post
        fields = (
            "id",
            "thread_id",
            "number",
            "kind",
            "state",
            "author",
            "editor",
            "reply_to_id",
            "source",
            "html",
            "event",
            "revision",
            "reactions",
            "created_at",
            "published_at",
            "edited_at",
            "url",
        )
        extra_kwargs = {
            "published_at": {"help_text": "When it was published; null while it is held."},
            "edited_at": {"help_text": "When its text was last changed."},
        }

    def get_author(self, post: Post) -> str | None:
        return post.author.username if post.author else None

    def get_editor(self, post: Post) -> str | None:
        return post.editor.username if post.editor else None

    def get_reply_to_id(self, post: Post) -> str | None:
        return post.reply_to.public_id if post.reply_to else None

    def get_event(self, post: Post) -> str | None:
        return str(post.facts["event"]) if "event" in post.facts else None

    @extend_schema_field(ReactionCount(many=True))
    def get_reactions(self, post: Post) -> list[dict[str, Any]]:
        return [{"emoji": emoji, "count": count} for emoji, count in post.reactions.items()]

    def get_url(self, post: Post) -> str:
        return f"/posts/{post.public_id}"


@with_example(
    {
        "number": 1,
        "source": "Milk",
        "editor": "owner",
        "created_at": "2026-01-31T12:00:00.000Z",
        "purged_at": None,
    }
)
class RevisionDetail(ModelResource):
    """A former text of a post."""

    source = OptionalTextField(help_text="The text in Markdown; null if a moderator purged it.")  # type: ignore[assignment]
    editor = serializers.SerializerMethodField(help_text="Who wrote it; null if the account is deleted.")

    class Meta:
        model = PostRevision
        fields = ("number", "source", "editor", "created_at", "purged_at")
        extra_kwargs = {
            "number": {"help_text": "Number of the text, from 1."},
            "source": {"help_text": "The text in Markdown."},
        }

    def get_editor(self, revision: PostRevision) -> str | None:
        return revision.editor.username if revision.editor else None


@with_example(
    {
        "place": f"reply:{THREAD_EXAMPLE}",
        "source": "Half a thou",
        "data": {},
        "updated_at": "2026-01-31T12:00:00.000Z",
    }
)
class DraftDetail(ModelResource):
    """A text that you have not sent yet."""

    place = serializers.CharField(help_text=f"What it is for, such as reply:{THREAD_EXAMPLE}.")
    data = serializers.DictField(child=serializers.CharField(), help_text="Other fields of the form.")  # type: ignore[assignment]
    updated_at = TimestampField()

    class Meta:
        model = Draft
        fields = ("place", "source", "data", "updated_at")
        extra_kwargs = {
            "source": {"help_text": "The text in Markdown."},
        }


@with_example(
    {
        "id": "bW9yZSB0aGFuIHJhbmRvbQ",
        "name": "curve.png",
        "media_type": "image/png",
        "size_bytes": 48213,
        "width": 1200,
        "height": 800,
        "url": "/attachments/bW9yZSB0aGFuIHJhbmRvbQ/curve.png",
        "markdown": "![curve.png](/attachments/bW9yZSB0aGFuIHJhbmRvbQ/curve.png)",
        "created_at": "2026-01-31T12:00:00.000Z",
    }
)
class AttachmentDetail(ModelResource):
    """A file for a post; it is deleted after two days unless a post links to it."""

    id = serializers.CharField(source="key")
    size_bytes = serializers.IntegerField(source="size")
    url = PathField(source="get_absolute_url", help_text="Path of the file.")
    markdown = serializers.CharField(help_text="What to write into the post.")

    class Meta:
        model = Attachment
        fields = (
            "id",
            "name",
            "media_type",
            "size_bytes",
            "width",
            "height",
            "url",
            "markdown",
            "created_at",
        )
        extra_kwargs = {
            "media_type": {"help_text": "Media type of the content, such as image/png."},
            "width": {"help_text": "Width of an image in pixels."},
            "height": {"help_text": "Height of an image in pixels."},
        }


@with_example({"html": "<p><strong>Milk</strong></p>"})
class PreviewDetail(Resource):
    """A text as its readers will see it."""

    html = serializers.CharField(help_text="Safe HTML.")


@with_example({"id": POST_EXAMPLE, "number": 2})
class NewPost(Resource):
    """What an event of a conversation's stream says: there is a new post."""

    id = serializers.CharField()
    number = serializers.IntegerField(help_text="Number of the newest post.")


def _source(**options: Any) -> RawCharField:
    return RawCharField(max_length=SOURCE_LIMIT_CHARACTERS, **options)


@with_example({"source": "**Milk**"})
class PostCreate(Body):
    """A new post."""

    source = _source(help_text="The text in Markdown.")  # type: ignore[assignment]
    reply_to_id = StrictCharField(
        required=False, allow_null=True, help_text="ID of a post of this conversation that it replies to."
    )


@with_example({"source": "**Oat milk**", "revision": 1})
class PostUpdate(Body):
    """A new text of a post."""

    source = _source(help_text="The new text in Markdown.")  # type: ignore[assignment]
    revision = StrictIntegerField(min_value=1, help_text="The revision that you have read.")


@with_example({"source": "**Milk**"})
class PreviewRequest(Body):
    """A text to render."""

    source = _source(help_text="A text in Markdown.")  # type: ignore[assignment]


@with_example({"reason": "Advertising"})
class HideRequest(Body):
    """Why a post is hidden."""

    reason = StrictCharField(
        required=False, allow_blank=True, max_length=500, help_text="Kept in the audit log."
    )


@with_example({"is_locked": True})
class ThreadUpdate(Body):
    """Changes to a conversation; what is absent stays."""

    is_locked = StrictBooleanField(required=False, help_text="Whether nobody but moderators can write.")
    slow_mode_seconds = StrictIntegerField(
        required=False,
        min_value=0,
        max_value=DAY_SECONDS,
        help_text="Seconds between two posts of one person; 0 for none.",
    )
    closes_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it locks by itself."
    )


@with_example({"number": 4})
class ReadRequest(Body):
    """How far you have read."""

    number = StrictIntegerField(min_value=0, help_text="Number of the last post that was read.")


@with_example({"source": "Half a thou"})
class DraftUpdate(Body):
    """A draft."""

    source = _source(help_text="The text in Markdown.")  # type: ignore[assignment]
    data = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(allow_blank=True, max_length=FIELD_LIMIT_CHARACTERS),
        required=False,
        help_text="Further fields of the form.",
    )


PostPage = page_of(PostDetail, "PostPage")
RevisionPage = page_of(RevisionDetail, "PostRevisionPage")
DraftPage = page_of(DraftDetail, "DraftPage")


def thread_data(thread: Thread) -> dict[str, Any]:
    """Return a thread as the API shows it."""
    place = place_of(thread)
    thread.title, thread.url = place.title, place.path  # type: ignore[attr-defined]
    return dict(ThreadDetail(thread).data)


def readable(posts: Iterable[Post], *, user_id: int | None, is_moderator: bool) -> list[Post]:
    """Return posts, unsaved, without the texts that a reader may not see."""
    found = []
    for post in posts:
        is_shown = shows_text(post, is_own=post.author_id == user_id, is_moderator=is_moderator)
        post.html = html_of(post) if is_shown else ""
        if not is_shown:
            post.source, post.reactions, post.edited_at, post.editor = "", {}, None, None
        found.append(post)
    return found
