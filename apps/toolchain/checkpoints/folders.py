"""The objects of checkpoints."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder

from .models import CheckpointObject

CHECKPOINTS = ObjectFolder(name="job-checkpoints", rows=CheckpointObject.objects.all)
