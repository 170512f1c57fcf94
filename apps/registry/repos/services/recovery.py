"""Notes of refs that are being moved: what a process that died left between a ref and its rows is put right."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import structlog
from django.conf import settings

from ..models import Repo
from .derive import refresh_derived

log = structlog.get_logger(__name__)
# longer than refs, rows and most derivations take; reading a repository again while its own process does is no harm
NOTE_AGE = timedelta(minutes=2)
# a repository that cannot be read again for so long needs its owner, not another try
GIVE_UP_AGE = timedelta(days=7)


def _folder() -> Path:
    return Path(settings.REPOSITORIES_ROOT) / ".landing"


def write_journal_entry(repo: Repo) -> Path:
    """Leave a note that refs of a repository are about to move; it is removed when its rows are derived."""
    note = _folder() / f"{repo.pk}.{uuid4().hex}"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    return note


def replay_journal(*, age: timedelta = NOTE_AGE) -> int:
    """Derive rows anew of every repository whose note is older than this; return how many were. What fails is tried again next time."""
    now, count = time.time(), 0
    for note in _folder().glob("*.*"):
        try:
            waited = now - note.stat().st_mtime
        except FileNotFoundError:
            continue
        if waited < age.total_seconds():
            continue
        is_done = _replay(note.name.partition(".")[0])
        if is_done or waited > GIVE_UP_AGE.total_seconds():
            note.unlink(missing_ok=True)
        count += is_done
    return count


def _replay(key: str) -> bool:
    repo = Repo.objects.select_related("namespace").filter(pk=key).first()
    if repo is None:
        return True
    try:
        repo_after = refresh_derived(repo)
    except Exception:
        log.exception("repo.mend_failed", repo=str(repo.address))
        return False
    log.warning("repo.mended", repo=str(repo.address), before=repo.head, after=repo_after.head)
    return True
