"""What an import has made: it resumes there, and may run twice."""

from __future__ import annotations

from django.db import models


class ImportedRow(models.Model):
    """A row of another site.

    source  base address of the site
    kind    category, topic, post or user
    row_id  of the row that was made
    """

    source = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    foreign_id = models.BigIntegerField()
    row_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind", "foreign_id"], name="imported_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.foreign_id}"
