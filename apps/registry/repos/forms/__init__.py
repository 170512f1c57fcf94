"""Forms of the repository pages."""

from apps.registry.contents.forms.files import DeleteFileForm, FileForm, UploadForm
from apps.registry.training.forms import OrderForm

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
