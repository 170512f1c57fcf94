"""Files for the time of one request: all in the data folder's spool, so that they fill no other disk and spare the reserve of this one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from .disk_space import check_free_space

SMALL_BYTES = 1 << 20


def spool_folder(needed_bytes: int = 0, *, folder: Path | None = None) -> Path:
    """Return the folder of temporary files.

    needed_bytes  what will be written there, as far as it is known
    raises        OutOfRoom
    """
    folder = Path(folder or settings.SPOOL_ROOT)
    check_free_space(folder, needed_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def spooled_file(most_bytes: int) -> IO[bytes]:
    """Open a file without a name, which goes when it is closed.

    most_bytes  what will be in it; a small one may use the reserve, since who only reads needs them too
    raises      OutOfRoom
    """
    folder = Path(settings.SPOOL_ROOT)
    if most_bytes > SMALL_BYTES:
        check_free_space(folder, most_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


class SpooledForms(TemporaryFileUploadHandler):
    """Takes what a form sends and memory does not hold.

    raises  OutOfRoom
    """

    def new_file(self, *arguments: Any, **options: Any) -> None:
        spool_folder(self.content_length or 0, folder=settings.FILE_UPLOAD_TEMP_DIR)
        super().new_file(*arguments, **options)

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django passes it by this name
        content_length: int,
        boundary: str,
        encoding: Any = None,
    ) -> None:
        self.content_length = content_length
