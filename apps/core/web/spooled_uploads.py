"""An upload handler that writes files to the spool and hashes them as they arrive."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _

from apps.core.errors import TooLarge
from apps.core.web.spool import spool_folder


class SpooledUpload(UploadedFile):  # type: ignore[type-arg]
    """An uploaded file, deleted after the request.

    sha256  hex digest
    """

    def __init__(self, name: str, content_type: str) -> None:
        spool = tempfile.NamedTemporaryFile(dir=spool_folder(), prefix="form-")  # noqa: SIM115
        super().__init__(spool, name, content_type, 0)
        self.path, self.digest = Path(spool.name), hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self.digest.hexdigest()


class SpoolHandler(FileUploadHandler):
    """Receives all files of a form.

    raises  TooLarge if they exceed the limit in total
    """

    chunk_size = 1 << 20

    def __init__(self, limit_bytes: int) -> None:
        super().__init__()
        self.limit, self.count = limit_bytes, 0
        self.upload: SpooledUpload | None = None

    def new_file(self, *arguments: Any, **options: Any) -> None:
        super().new_file(*arguments, **options)
        self.upload = SpooledUpload(self.file_name or "", self.content_type or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.upload is not None
        self.count += len(raw_data)
        if self.count > self.limit:
            raise TooLarge(_("These files exceed the %(size)s MiB limit.") % {"size": self.limit >> 20})
        self.upload.write(raw_data)
        self.upload.digest.update(raw_data)

    def file_complete(self, file_size: int) -> SpooledUpload:
        assert self.upload is not None
        self.upload.flush()
        self.upload.size = file_size
        return self.upload

    def upload_interrupted(self) -> None:
        if self.upload is not None:
            self.upload.close()
