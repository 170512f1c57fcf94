"""Notes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from apps.core.conversations.models import Thread
from apps.users.accounts.models import Namespace


class NoteState(models.TextChoices):
    """A held note waits for a moderator; a hidden one was declined."""

    VISIBLE = "visible"
    HELD = "held"
    HIDDEN = "hidden"


class Note(models.Model):
    """A note in a namespace.

    key     the title in lower case, for search
    author  who wrote it
    thread  its comments, with the first of them
    """

    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="notes")
    title = models.CharField(max_length=200)
    key = models.CharField(max_length=200, editable=False)
    text = models.TextField(max_length=4000, blank=True)
    is_public = models.BooleanField(default=True)
    state = models.CharField(max_length=16, choices=NoteState, default=NoteState.VISIBLE)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    thread = models.OneToOneField(Thread, on_delete=models.SET_NULL, null=True, related_name="note")
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title

    def save(self, **options: Any) -> None:
        self.key = self.title.casefold()[:200]
        super().save(**options)

    def get_absolute_url(self) -> str:
        return f"/notes/{self.pk}"

    @property
    def is_visible(self) -> bool:
        return self.state == NoteState.VISIBLE
