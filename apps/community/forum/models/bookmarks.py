"""Bookmarks."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.core.conversations.models import Post

from .topics import Topic


class Bookmark(models.Model):
    """A post of a topic that a person wants to find again; the first post stands for the topic.

    topic  the one of the post when it was marked; it follows a move
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="bookmarks")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="bookmarks")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "post"], name="one_bookmark_per_post")]
        indexes = [models.Index(fields=["user", "-id"], name="bookmarks_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} marks {self.post_id}"
