"""Tags."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from .topics import Topic

# per topic
TAGS_LIMIT = 5
NAME_LIMIT_CHARACTERS = 40


class Tag(models.Model):
    """A word that topics of all categories share.

    name         in lower case
    topic_count  listed topics in public categories
    """

    name = models.CharField(max_length=NAME_LIMIT_CHARACTERS, unique=True)
    about = models.CharField(max_length=300, blank=True)
    topic_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-topic_count", "name"], name="tags_by_use"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="tag_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/forum/tags/{self.name}"


class TopicTag(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="topic_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="topic_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "tag"], name="one_tag_of_a_name")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.topic_id}"
