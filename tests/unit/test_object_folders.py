"""Folders of objects on disk, in a bucket and in both: storing, keeping, releasing, collecting."""

from __future__ import annotations
