"""Forms of the repository pages."""

from .files import DeleteFileForm, FileForm, UploadForm
from .orders import OrderForm
from .repos import DeleteRepoForm, NewRepoForm, RenameForm, TransferForm, VisibilityForm

__all__ = [
    "DeleteFileForm",
    "DeleteRepoForm",
    "FileForm",
    "NewRepoForm",
    "OrderForm",
    "RenameForm",
    "TransferForm",
    "UploadForm",
    "VisibilityForm",
]
