"""Services that publish a project by an identity token in place of a secret."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .project import Project

SUBJECT_LIMIT_CHARACTERS = 500


class TrustedPublisher(models.Model):
    """Whose identity tokens mint upload tokens for a project.

    issuer    URL of an OpenID provider that the operator allows
    subject   the `sub` claim, exactly
    claims    further claims that have to be the same, such as `environment`
    added_by  whose rights an upload has; without them it has none
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="publishers")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=SUBJECT_LIMIT_CHARACTERS)
    claims = models.JSONField(default=dict)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "issuer", "subject"], name="one_publisher_per_subject")
        ]
        indexes = [models.Index(fields=["issuer", "subject"], name="publishers_by_subject")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"
