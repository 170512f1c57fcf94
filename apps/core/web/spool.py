"""Temporary files of requests, in the data folder's spool, where the disk reserve applies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from apps.core.disk_space import check_free_space

SMALL_BYTES = 1 << 20


def spool_folder(needed_bytes: int = 0, *, folder: Path | None = None) -> Path:
    """Return the folder for temporary files.

    needed_bytes  expected size, if known
    raises        DiskFull
    """
    folder = Path(folder or settings.SPOOL_ROOT)
    check_free_space(folder, needed_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def spooled_file(most_bytes: int) -> IO[bytes]:
    """Open an unnamed temporary file.

    most_bytes  upper bound of its size; small files may use the reserve, since reads need them too
    raises      DiskFull
    """
    folder = Path(settings.SPOOL_ROOT)
    if most_bytes > SMALL_BYTES:
        check_free_space(folder, most_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


class SpooledForms(TemporaryFileUploadHandler):
    """Upload handler that spools form files too large for memory.

    raises  DiskFull
    """

    def new_file(self, *arguments: Any, **options: Any) -> None:
        spool_folder(self.content_length or 0, folder=settings.FILE_UPLOAD_TEMP_DIR)
        super().new_file(*arguments, **options)

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  the name that Django passes
        content_length: int,
        boundary: str,
        encoding: Any = None,
    ) -> None:
        self.content_length = content_length
