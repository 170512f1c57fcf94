"""Scanning files: what the site knows by itself, and what the operator's scanner says."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable
from apps.core.moderation.models import Cause
from apps.core.moderation.services.queue import open_review
from apps.core.objects.folders import StoredObject
from apps.core.web.spool import spool_folder

from ..distributions.scanning import Note, scan
from ..folders import FILES
from ..models import ProjectFile, ScanState
from .quarantine import PROJECT, quarantine

log = structlog.get_logger(__name__)
CLEAN, INFECTED = 0, 1
BLOCK_BYTES = 1 << 20
BATCH = 100


def scan_file(file: BinaryIO, *, filename: str) -> list[Note]:
    """Return what both scanners find in a checked file.

    file    seekable
    raises  Unavailable if the operator's scanner fails: nothing is published unscanned
    """
    found = scan(file, filename=filename)
    if settings.PACKAGES_SCAN_COMMAND and not any(note.is_blocked for note in found):
        file.seek(0)
        with tempfile.NamedTemporaryFile(dir=spool_folder(), prefix="scan-") as copy:
            for block in iter(lambda: file.read(BLOCK_BYTES), b""):
                copy.write(block)
            copy.flush()
            found += run_scanner(Path(copy.name), filename)
    return found


def run_scanner(path: Path, filename: str) -> list[Note]:
    """Run the operator's scanner on a file: 0 is clean, 1 is malware, as clamdscan has it.

    raises  Unavailable for other answers, and if it takes too long
    """
    command = [*settings.PACKAGES_SCAN_COMMAND, str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=settings.PACKAGES_SCAN_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("packages.scanner_failed", error=str(error))
        raise Unavailable(_("The file could not be scanned. Try again later.")) from None
    if done.returncode not in (CLEAN, INFECTED):
        log.error("packages.scanner_failed", status=done.returncode, output=done.stderr[-500:].decode())
        raise Unavailable(_("The file could not be scanned. Try again later."))
    return [Note("malware", filename, is_blocked=True)] if done.returncode == INFECTED else []


def scan_again(file_ids: Iterable[int]) -> list[str]:
    """Scan published files anew, as after an update of the scanner; return the names of those it blocks."""
    blocked = []
    for file in ProjectFile.objects.filter(pk__in=file_ids).select_related("version__project"):
        with tempfile.NamedTemporaryFile(dir=spool_folder(file.size), prefix="scan-") as copy:
            for block in FILES.open(StoredObject(file.sha256, file.size)).open_range(0, file.size):
                copy.write(block)
            copy.flush()
            notes = scan_file(copy, filename=file.filename)  # type: ignore[arg-type]
        if any(note.is_blocked for note in notes) and file.scan != ScanState.BLOCKED:
            block_file(file, notes)
            blocked.append(file.filename)
    return blocked


@transaction.atomic
def block_file(file: ProjectFile, notes: list[Note]) -> None:
    """Withhold a file, put its project into quarantine and into the moderators' queue."""
    file.scan, file.scan_notes = ScanState.BLOCKED, [note.as_json() for note in notes]
    file.save(update_fields=["scan", "scan_notes"])
    project = file.version.project
    reason = _("The scan found malware in %(filename)s.") % {"filename": file.filename}
    quarantine(project.public_id, reason)
    open_review(
        kind=PROJECT, key=project.public_id, author_id=file.uploaded_by_id, cause=Cause.REPORTED, note=reason
    )
