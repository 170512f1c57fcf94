"""Journal of ref updates, replayed when a process died between moving refs and updating rows."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import structlog
from django.conf import settings

from apps.registry.repos.models import Repo

from .derive import refresh_derived

log = structlog.get_logger(__name__)
# longer than most updates take; deriving twice does no harm
ENTRY_AGE = timedelta(minutes=2)
GIVE_UP_AGE = timedelta(days=7)


def _folder() -> Path:
    return Path(settings.REPOSITORIES_ROOT) / ".landing"


def write_journal_entry(repo: Repo) -> Path:
    """Record that refs are about to move; the entry is removed once the derived values are stored."""
    entry = _folder() / f"{repo.pk}.{uuid4().hex}"
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.touch()
    return entry


def replay_journal(*, age: timedelta = ENTRY_AGE) -> int:
    """Derive every repository that has an entry older than `age` again; return how many succeeded.

    Failures are retried in the next run, up to GIVE_UP_AGE.
    """
    now, count = time.time(), 0
    for entry in _folder().glob("*.*"):
        try:
            waited = now - entry.stat().st_mtime
        except FileNotFoundError:
            continue
        if waited < age.total_seconds():
            continue
        is_done = _replay(entry.name.partition(".")[0])
        if is_done or waited > GIVE_UP_AGE.total_seconds():
            entry.unlink(missing_ok=True)
        count += is_done
    return count


def _replay(key: str) -> bool:
    repo = Repo.objects.select_related("namespace").filter(pk=key).first()
    if repo is None:
        return True
    try:
        repo_after = refresh_derived(repo)
    except Exception:
        log.exception("repo.recovery_failed", repo=str(repo.address))
        return False
    log.warning("repo.recovered", repo=str(repo.address), before=repo.head, after=repo_after.head)
    return True
