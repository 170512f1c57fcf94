"""The objects of the package index."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder

from .models import CoreMetadata, ProjectFile

FILES = ObjectFolder(name="packages", rows=ProjectFile.objects.all)
METADATA = ObjectFolder(name="package-metadata", rows=CoreMetadata.objects.all)
