"""Forms for files, branches and tags."""

from .files import DeleteFileForm, FileForm, UploadForm

__all__ = ["DeleteFileForm", "FileForm", "UploadForm"]
