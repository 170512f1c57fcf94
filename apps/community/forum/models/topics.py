"""Topics: a title, a category, and a thread whose first post it is about."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.core.conversations.models import Post, Thread

from .categories import Category

TITLE_LIMIT_CHARACTERS, SLUG_LIMIT_CHARACTERS = 200, 80
# ten digits: they say nothing of how many topics there are, and every client reads them as a number
LEAST_ID, IDS = 10**9, 9 * 10**9


def draw_public_id() -> int:
    return LEAST_ID + secrets.randbelow(IDS)


class TopicKind(models.TextChoices):
    DISCUSSION = "discussion", _("Discussion")
    QUESTION = "question", _("Question")
    ANNOUNCEMENT = "announcement", _("Announcement")
    POLL = "poll", _("Poll")


class PinnedTo(models.TextChoices):
    """The lists that a topic stands above."""

    NOTHING = "", _("Not pinned")
    CATEGORY = "category", _("Pinned in its category")
    SITE = "site", _("Pinned everywhere")


class Topic(models.Model):
    """A topic.

    public_id     its number in addresses and for programs
    key           title in lower case
    first_post    None only while the topic is being created
    is_listed     its first post is visible and it was not merged: readers see it
    reply_count   visible posts but the first
    bumped_at     time of the newest visible post, by which lists are sorted
    answer        accepted post of a question
    merged_into   where its posts went; its address leads there
    score_day … score_all  posts and reactions in the period, for the lists of top topics
    """

    public_id = models.BigIntegerField(unique=True, default=draw_public_id, editable=False)
    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, related_name="topic")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="topics")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="topics"
    )
    kind = models.CharField(max_length=16, choices=TopicKind, default=TopicKind.DISCUSSION)
    title = models.CharField(max_length=TITLE_LIMIT_CHARACTERS)
    key = models.CharField(max_length=TITLE_LIMIT_CHARACTERS, editable=False)
    slug = models.CharField(max_length=SLUG_LIMIT_CHARACTERS, editable=False)
    first_post = models.OneToOneField(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    is_listed = models.BooleanField(default=False)
    reply_count = models.PositiveIntegerField(default=0)
    bumped_at = models.DateTimeField()
    last_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    answer = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="solved_topics"
    )
    solved_at = models.DateTimeField(null=True)
    pinned_to = models.CharField(max_length=16, choices=PinnedTo, blank=True, default=PinnedTo.NOTHING)
    pinned_until = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")
    tags: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "Tag", through="TopicTag", related_name="topics"
    )
    score_day = models.PositiveIntegerField(default=0)
    score_week = models.PositiveIntegerField(default=0)
    score_month = models.PositiveIntegerField(default=0)
    score_year = models.PositiveIntegerField(default=0)
    score_all = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-bumped_at", "-id"], condition=Q(is_listed=True), name="topics_latest"),
            models.Index(
                fields=["category", "-bumped_at", "-id"],
                condition=Q(is_listed=True),
                name="topics_of_a_category",
            ),
            models.Index(fields=["-created_at", "-id"], condition=Q(is_listed=True), name="topics_new"),
            models.Index(
                fields=["-bumped_at", "-id"],
                condition=Q(is_listed=True, reply_count=0),
                name="topics_unanswered",
            ),
            models.Index(fields=["author", "-created_at", "-id"], name="topics_of_a_person"),
            models.Index(
                fields=["answered_by", "-solved_at"],
                condition=Q(answered_by__isnull=False),
                name="topics_solved",
            ),
            models.Index(fields=["pinned_to"], condition=~Q(pinned_to=""), name="topics_pinned"),
            *(
                models.Index(
                    fields=[f"-score_{period}", "-id"],
                    condition=Q(is_listed=True) & ~Q(**{f"score_{period}": 0}),
                    name=f"topics_top_{period}",
                )
                for period in ("day", "week", "month", "year", "all")
            ),
            GinIndex(models.Func("title", function="search_names"), name="topic_terms"),
            GinIndex(fields=["key"], opclasses=["gin_trgm_ops"], name="topic_trigrams"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **options: object) -> None:
        self.key = self.title.casefold()[:TITLE_LIMIT_CHARACTERS]
        self.slug = slugify(self.title, allow_unicode=True)[:SLUG_LIMIT_CHARACTERS].strip("-") or "topic"
        fields = options.get("update_fields")
        if isinstance(fields, list) and "title" in fields:
            options["update_fields"] = [*fields, "key", "slug"]
        super().save(**options)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return f"/forum/t/{self.slug}/{self.public_id}"

    @property
    def tag_names(self) -> list[str]:
        """Its tags in alphabetical order; `topic_for` reads them with the topic."""
        found = getattr(self, "read_tags", None)
        return sorted(self.tags.values_list("name", flat=True) if found is None else found)

    @property
    def is_solved(self) -> bool:
        return self.answer_id is not None

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None
