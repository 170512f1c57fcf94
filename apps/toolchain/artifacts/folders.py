"""The objects of artifacts."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder

from .models import JobArtifact

ARTIFACTS = ObjectFolder(name="job-artifacts", rows=JobArtifact.objects.all)
