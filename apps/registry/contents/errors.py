"""Refusals of commits."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import BadRequest
from apps.registry.gitstore.errors import RefMoved as BranchMoved

__all__ = ["BranchMoved", "CommitRefused"]


class CommitRefused(BadRequest):
    code = "CommitRefused"
    default = _("The commit was rejected.")
