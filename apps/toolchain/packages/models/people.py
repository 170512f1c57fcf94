"""People who publish a project of somebody else."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .project import Project


class Maintainer(models.Model):
    """A person who may publish a project besides the people of its owner."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="maintainers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="maintained")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_row_per_maintainer")]

    def __str__(self) -> str:
        return f"{self.user} of {self.project}"


class MaintainerInvitation(models.Model):
    """A pending invitation to maintain a project.

    public_id  identifies it in URLs and the REST API
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_invitation_per_maintainer")
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.project}"
