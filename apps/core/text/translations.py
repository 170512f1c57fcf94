"""Translation catalogs, compiled in pure Python so that no gettext tools are needed."""

from __future__ import annotations

from pathlib import Path

import polib


def compile_translations(folder: Path, *, force: bool = False) -> list[Path]:
    """Write the .mo file beside each newer .po file; return the files written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if force or not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            draft = target.with_suffix(".mo.new")
            polib.pofile(str(source)).save_as_mofile(str(draft))
            draft.replace(target)
            written.append(target)
    return written
