"""Refusals of checkpoints."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class CheckpointNotFound(NotFound):
    code = "CheckpointNotFound"
    default = _("Checkpoint not found. Checkpoints are kept for a while after the end of a job.")


class CheckpointFileNotFound(NotFound):
    code = "CheckpointFileNotFound"
    default = _("File not found.")


class CheckpointFilesMissing(Conflict):
    """facts  missing: the hashes to upload first"""

    code = "CheckpointFilesMissing"
    default = "Upload the files of a checkpoint before you record it."
