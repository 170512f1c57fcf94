"""The objects of the upstream index."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder

from .models import UpstreamFile

UPSTREAM = ObjectFolder(name="upstream-packages", rows=UpstreamFile.objects.all)
