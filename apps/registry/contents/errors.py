"""Refusals of commits."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import ValidationFailed
from apps.registry.gitstore.errors import RefMoved as BranchMoved

__all__ = ["BranchMoved", "CommitRefused"]


class CommitRefused(ValidationFailed):
    protocol_status = 400
    code = "CommitRefused"
    default = _("The commit was rejected.")
