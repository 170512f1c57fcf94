"""The objects of conversations."""

from __future__ import annotations

from apps.core.objects.folders import ObjectFolder

from .models import Attachment

ATTACHMENTS = ObjectFolder(name="attachments", rows=Attachment.objects.all)
