"""The objects of accounts."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder

from .models import Avatar

AVATARS = ObjectFolder(name="avatars", rows=Avatar.objects.all)
