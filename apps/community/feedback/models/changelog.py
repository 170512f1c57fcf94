"""Entries of a board's changelog."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.public_ids import ID_CHARACTERS, new_public_id

from .board import Board
from .idea import TITLE_CHARACTERS, Idea

ENTRY_CHARACTERS = 60_000


class ChangeKind(models.TextChoices):
    """source  https://keepachangelog.com/en/1.1.0/"""

    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    FIXED = "fixed", _("Fixed")
    REMOVED = "removed", _("Removed")
    SECURITY = "security", _("Security")


class EntryState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    HELD = "held", _("Held for review")
    HIDDEN = "hidden", _("Hidden")


class ChangelogEntry(models.Model):
    """What is new: a note on a release.

    html          rendered source, and the version of the renderer
    kinds         of changes in it
    version       of the release, as its developers write it
    ideas         that it delivers; their voters are told
    published_at  when it was published, or will be while it is scheduled
    state         moderators hold or hide it: then its team alone sees it
    """

    key = models.CharField(max_length=ID_CHARACTERS, unique=True, default=new_public_id, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="entries")
    title = models.CharField(max_length=TITLE_CHARACTERS)
    version = models.CharField(max_length=80, blank=True)
    source = models.TextField(max_length=ENTRY_CHARACTERS)
    html = models.TextField(blank=True)
    html_version = models.PositiveIntegerField(default=0)
    kinds = ArrayField(models.CharField(max_length=16, choices=ChangeKind), default=list)
    ideas = models.ManyToManyField(Idea, related_name="entries")
    state = models.CharField(max_length=16, choices=EntryState, default=EntryState.DRAFT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=EntryState.DRAFT) | Q(published_at__isnull=False), name="dated_unless_draft"
            )
        ]
        indexes = [
            models.Index(
                fields=["board", "published_at", "id"],
                condition=Q(state=EntryState.PUBLISHED),
                name="entries_by_publication",
            ),
            models.Index(
                fields=["published_at"], condition=Q(state=EntryState.SCHEDULED), name="entries_scheduled"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/feedback/changelog/{self.key}"
