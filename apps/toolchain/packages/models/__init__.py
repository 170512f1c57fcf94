"""Rows of the package index."""

from .files import CoreMetadata, DownloadDay, FileKind, ProjectFile, ScanState, UsedFilename
from .people import Maintainer, MaintainerInvitation
from .project import Project, ProjectStatus, ProjectVersion, RetiredName, Step
from .publishers import TrustedPublisher

__all__ = [
    "CoreMetadata",
    "DownloadDay",
    "FileKind",
    "Maintainer",
    "MaintainerInvitation",
    "Project",
    "ProjectFile",
    "ProjectStatus",
    "ProjectVersion",
    "RetiredName",
    "ScanState",
    "Step",
    "TrustedPublisher",
    "UsedFilename",
]
