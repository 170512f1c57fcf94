"""The objects of releases."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder, UploadFolder

from .models import Asset

ASSETS = ObjectFolder(name="release-assets", rows=Asset.objects.all)
# pieces of uploads, below the id of each
PIECES = UploadFolder(name="release-uploads")
