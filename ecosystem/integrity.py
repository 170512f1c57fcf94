"""Checks of the whole instance: whether everything that its rows name is there."""

from __future__ import annotations

from collections.abc import Iterator

from apps.core.integrity import Findings, Progress
from apps.core.objects.folders import declared_folders
from apps.core.objects.migration import check_objects
from apps.core.objects.stores import object_store
from apps.registry.blobs.services.integrity import check_links
from apps.registry.storage.services.integrity import check_repositories
from apps.toolchain.receipts.selectors.integrity import check_receipts, check_signing_key


def check_instance(*, deep: bool, git_seconds: float, report: Progress) -> Iterator[Findings]:
    """Yield what each check found.

    deep         read every byte: hash objects, let git check repositories
    git_seconds  limit of git's check of one repository
    """
    yield check_repositories(deep=deep, seconds=git_seconds, report=report)
    yield check_links()
    yield _check_objects(deep, report)
    yield check_receipts(report=report)
    yield check_signing_key()


def _check_objects(deep: bool, report: Progress) -> Findings:
    """Check the objects of every folder that an app declares."""
    done = check_objects(declared_folders(), object_store(), deep=deep, report=report)
    problems = [f"{key} is missing or damaged" for key in done.broken]
    return Findings("objects", done.present + len(done.broken), problems)
