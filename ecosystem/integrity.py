"""Checks of the whole instance: whether everything that its rows name is there."""

from __future__ import annotations

from collections.abc import Iterator

from apps.core.integrity import Findings, Progress
from apps.registry.blobs.services.integrity import check_links, check_stored_objects
from apps.registry.storage.services.integrity import check_repositories
from apps.toolchain.jobs.selectors.integrity import check_receipts, check_signing_key


def check_instance(*, deep: bool, git_seconds: float, report: Progress) -> Iterator[Findings]:
    """Yield what each check found.

    deep         read every byte: hash objects, let git check repositories
    git_seconds  limit of git's check of one repository
    """
    yield check_repositories(deep=deep, seconds=git_seconds, report=report)
    yield check_links()
    yield check_stored_objects(deep=deep, report=report)
    yield check_receipts(report=report)
    yield check_signing_key()
