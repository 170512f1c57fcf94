"""Threads, posts and what people do with them: revisions, reactions, attachments, drafts, read marks."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.public_ids import ID_CHARACTERS, new_public_id

SOURCE_LIMIT_CHARACTERS = 60_000


class Thread(models.Model):
    """A conversation. The row that it belongs to, such as a topic, refers to it one-to-one.

    public_id     names it in addresses and for programs
    kind          name of the ConversationKind, which knows that row
    last_number   number of the newest post that was published
    post_count    posts that readers see
    closes_at     when it locks by itself
    """

    public_id = models.CharField(max_length=ID_CHARACTERS, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=32)
    last_number = models.PositiveIntegerField(default=0)
    post_count = models.PositiveIntegerField(default=0)
    last_posted_at = models.DateTimeField(null=True)
    last_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    is_locked = models.BooleanField(default=False)
    slow_mode_seconds = models.PositiveIntegerField(default=0)
    closes_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(is_locked=False), name="thread_closing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def target(self) -> str:
        """Its name among what people can watch."""
        return f"thread:{self.public_id}"


class PostState(models.TextChoices):
    """What readers see of a post: only visible ones.

    HELD     waits for a moderator; seen by its author and by moderators
    HIDDEN   removed by a moderator; the author still sees it
    DELETED  removed by its author
    """

    VISIBLE = "visible", _("Visible")
    HELD = "held", _("Held for review")
    HIDDEN = "hidden", _("Hidden")
    DELETED = "deleted", _("Deleted")


class PostKind(models.TextChoices):
    """An event is what happened in the thread, such as its closing; `facts` describe it."""

    COMMENT = "comment", _("Comment")
    EVENT = "event", _("Event")


MOVES = {
    PostState.HELD: {PostState.VISIBLE, PostState.HIDDEN, PostState.DELETED},
    PostState.VISIBLE: {PostState.HELD, PostState.HIDDEN, PostState.DELETED},
    PostState.HIDDEN: {PostState.VISIBLE},
    PostState.DELETED: {PostState.VISIBLE, PostState.HIDDEN},
}


class Post(models.Model):
    """One contribution to a thread.

    public_id   names it in addresses and for programs
    number      place in the thread, given on publication: a held post has none, and becomes the newest
    revision    counts the texts; an edit names the one that it replaces
    editor      who wrote this text, if not the author
    html        rendered source, and the version of the renderer
    mentions    names of people and organizations in the text
    references  paths of this site that the text links to
    reactions   number of reactions by emoji
    """

    public_id = models.CharField(max_length=ID_CHARACTERS, unique=True, default=new_public_id, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="posts")
    number = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=16, choices=PostKind, default=PostKind.COMMENT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="posts"
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replies")
    source = models.TextField(blank=True, max_length=SOURCE_LIMIT_CHARACTERS)
    html = models.TextField(blank=True)
    html_version = models.PositiveSmallIntegerField(default=0)
    mentions = models.JSONField(default=list)
    references = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=PostState, default=PostState.VISIBLE)
    revision = models.PositiveIntegerField(default=1)
    reactions = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "number"], name="one_post_per_number"),
            models.CheckConstraint(
                condition=Q(number__isnull=False) | ~Q(state=PostState.VISIBLE),
                name="visible_posts_have_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["author", "-published_at"], name="posts_of_a_person"),
            models.Index(fields=["thread", "created_at"], condition=Q(number=None), name="posts_in_waiting"),
            GinIndex(
                models.Func(F("source"), function="search_names"),
                condition=Q(state=PostState.VISIBLE),
                name="post_terms",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id}/{self.number}"

    @property
    def is_visible(self) -> bool:
        return self.state == PostState.VISIBLE


class PostRevision(models.Model):
    """A former text of a post.

    editor     who wrote it
    purged_at  when a moderator removed the text for good, such as personal data; it is empty since
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    source = models.TextField(blank=True)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="one_text_per_revision")]

    def __str__(self) -> str:
        return f"{self.post_id} revision {self.number}"


class Reaction(models.Model):
    """A person's reaction to a post."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="reaction_rows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "user", "emoji"], name="one_reaction_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.emoji} {self.post_id}"


class Attachment(models.Model):
    """A file in a post; its bytes are an object (`folders.ATTACHMENTS`).

    key         random name in its address
    post        None until the post is sent; old ones without a post are deleted
    owner_id    of the namespace whose storage it counts for
    width       of a picture, in pixels, as height
    """

    key = models.CharField(max_length=32, unique=True)
    post = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="attachments")
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    owner_id = models.BigIntegerField(db_index=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(post=None), name="attachments_unsent"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/attachments/{self.key}/{quote(self.name)}"

    @property
    def is_image(self) -> bool:
        return self.width is not None

    @property
    def markdown(self) -> str:
        """How a post shows it: `safe_name` has left nothing in its name that means something there."""
        return f"{'!' if self.is_image else ''}[{self.name}]({self.get_absolute_url()})"


class Draft(models.Model):
    """A text that a person has not sent yet, on every device.

    place  what it is for, such as `reply:ID` of a thread or `topic:general`
    data   other fields of the form
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=100)
    source = models.TextField(blank=True, max_length=SOURCE_LIMIT_CHARACTERS)
    data = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="one_draft_per_place")]

    def __str__(self) -> str:
        return self.place


class ReadMark(models.Model):
    """How far a person has read a thread."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="read_marks")
    number = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="one_read_mark_per_thread")]

    def __str__(self) -> str:
        return f"{self.thread_id} read to {self.number}"
