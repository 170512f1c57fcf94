"""What the index lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Sum

from apps.core.actor import Actor

from ..access import visible_to
from ..models import Project, ProjectFile, ScanState

LISTED_SCANS = (ScanState.CLEAN, ScanState.NOTED)
COLUMNS = (
    "filename",
    "sha256",
    "size",
    "uploaded_at",
    "requires_python",
    "version__yanked_at",
    "version__yanked_reason",
    "core_metadata__sha256",
    "version__version",
)


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file as the index shows it.

    yanked    whether its version was withdrawn; the reason if one was given
    metadata  SHA-256 of its core metadata, empty without one
    """

    filename: str
    sha256: str
    size: int
    uploaded_at: datetime
    requires_python: str
    yanked: bool | str
    metadata: str
    version: str


@dataclass(frozen=True, slots=True)
class IndexState:
    """The state of the list of projects that an actor sees; it changes with each change of the list.

    serial  the highest of all
    """

    count: int
    serial: int
    total: int

    @property
    def tag(self) -> str:
        return f"{self.count}-{self.serial}-{self.total}"


def index_files(project: Project) -> list[IndexFile]:
    """Return the files that installers may choose, in the order of their upload."""
    if project.is_quarantined:
        return []
    rows = ProjectFile.objects.filter(version__project=project, scan__in=LISTED_SCANS).order_by("id")
    return [
        IndexFile(
            filename,
            sha256,
            size,
            uploaded_at,
            requires_python,
            yanked=(reason or True) if yanked_at else False,
            metadata=metadata or "",
            version=version,
        )
        for (
            filename,
            sha256,
            size,
            uploaded_at,
            requires_python,
            yanked_at,
            reason,
            metadata,
            version,
        ) in rows.values_list(*COLUMNS)
    ]


def index_versions(project: Project) -> Sequence[str]:
    return list(project.versions.order_by("id").values_list("version", flat=True))


def index_state(actor: Actor) -> IndexState:
    found = visible_to(actor).order_by().aggregate(n=Count("pk"), top=Max("serial"), total=Sum("serial"))
    return IndexState(found["n"], found["top"] or 0, int(found["total"] or 0))


def index_names(actor: Actor) -> list[tuple[str, str, int]]:
    """Return key, name and serial of the projects that the actor may see, by key."""
    return list(visible_to(actor).order_by("key").values_list("key", "name", "serial"))
