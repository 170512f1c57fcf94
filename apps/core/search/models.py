"""Words from public names and descriptions, for correcting misspelled queries; table triggers add to them."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Word(models.Model):
    word = models.CharField(primary_key=True, max_length=40)

    class Meta:
        indexes = [
            models.Index(fields=["word"], opclasses=["varchar_pattern_ops"], name="word_beginnings"),
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_trigrams"),
        ]

    def __str__(self) -> str:
        return self.word
