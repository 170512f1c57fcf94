"""The objects of uploaded files."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder, UploadFolder

from .models import File

FILES = ObjectFolder(name="files", rows=File.objects.all)
# parts of uploads, below the id of each
PARTS = UploadFolder(name="file-parts")
