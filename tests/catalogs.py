"""Which catalog of translations a file belongs to; needs no settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOG = Path("zh_Hans/LC_MESSAGES/django.po")


def locale_folders(root: Path = ROOT) -> list[Path]:
    """Return the folders of catalogs that exist: the project's, those of apps and of the test app."""
    return [root / "locale", *sorted(root.glob("apps/**/locale")), *sorted(root.glob("tests/*/locale"))]


def home_of(file: Path, root: Path = ROOT) -> Path:
    """Return the folder that has the catalog of a file's sentences.

    An app's own files and `templates/<domain>/<app>` belong to the app, everything of core to core, and the
    rest to the project.

    file  relative to the root
    """
    parts = ("apps", *file.parts[1:]) if file.parts[0] == "templates" else file.parts
    if parts[:2] == ("apps", "core"):
        return root / "apps/core/locale"
    for count in range(len(parts) - 1, 1, -1):
        folder = root.joinpath(*parts[:count])
        if (folder / "apps.py").exists():
            return folder / "locale"
    return root / "locale"


def entries_in(folder: Path) -> Iterator[polib.POEntry]:
    """Yield the entries of the catalog in a folder, none if it has no catalog."""
    catalog = folder / CATALOG
    if catalog.exists():
        yield from (entry for entry in polib.pofile(str(catalog)) if not entry.obsolete)
