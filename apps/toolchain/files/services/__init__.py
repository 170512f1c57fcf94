"""Storing, deleting and expiring uploaded files."""

from .files import (
    NewFile,
    delete_expired_files,
    delete_file,
    delete_namespace_files,
    store_file,
    store_result,
)
from .uploads import add_part, begin_upload, cancel_upload, complete_upload

__all__ = [
    "NewFile",
    "add_part",
    "begin_upload",
    "cancel_upload",
    "complete_upload",
    "delete_expired_files",
    "delete_file",
    "delete_namespace_files",
    "store_file",
    "store_result",
]
