"""Former addresses, which lead to where things are now."""

from __future__ import annotations

from django.db import models

from apps.core.conversations.models import Post

from .categories import Category
from .topics import Topic


class Redirect(models.Model):
    """A path of an imported site, relative to its root, such as `t/41` or `c/support/5`.

    post  when the path named one
    """

    path = models.CharField(max_length=300, unique=True)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="redirects")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="redirects")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="redirects")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(topic__isnull=False) ^ models.Q(category__isnull=False),
                name="redirects_lead_somewhere",
            )
        ]

    def __str__(self) -> str:
        return self.path


class MovedPost(models.Model):
    """A post that a split or a merge moved: its old permalink is a topic and a number."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="moved_posts")
    number = models.PositiveIntegerField()
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="former_places")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "number"], name="one_post_per_former_place")]

    def __str__(self) -> str:
        return f"{self.topic_id}/{self.number}"
