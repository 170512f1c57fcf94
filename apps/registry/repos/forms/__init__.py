"""Forms of the repository pages."""

from .repos import DeleteRepoForm, NewRepoForm, RenameForm, TransferForm, VisibilityForm

__all__ = ["DeleteRepoForm", "NewRepoForm", "RenameForm", "TransferForm", "VisibilityForm"]
