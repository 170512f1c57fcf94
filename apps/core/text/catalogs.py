"""Where the translation catalogs of the site are."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.core.declaration import banyan_apps


def locale_folders() -> list[Path]:
    """Return the folders of catalogs: the project's, then that of each app that has one."""
    folders = [Path(folder) for folder in settings.LOCALE_PATHS]
    folders += [Path(config.path) / "locale" for config in banyan_apps()]
    return [folder for folder in folders if folder.is_dir()]
