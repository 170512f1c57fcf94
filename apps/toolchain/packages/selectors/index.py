"""What the index lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Sum

from apps.core.actor import Actor
from apps.toolchain.upstream.models import UpstreamPage
from apps.toolchain.upstream.services.pages import listed_files, uploaded_at

from ..access import visible_to
from ..links import file_path, upstream_path
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
    url       path to download it from
    """

    filename: str
    sha256: str
    size: int | None
    uploaded_at: datetime | None
    requires_python: str
    yanked: bool | str
    metadata: str
    version: str
    url: str


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
            url=file_path(project.key, filename),
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


def upstream_files(page: UpstreamPage) -> list[IndexFile]:
    """Return the files of a project of the upstream index that are old enough to be offered."""
    return [
        IndexFile(
            filename=file.filename,
            sha256=file.sha256,
            size=file.size,
            uploaded_at=uploaded_at(file),
            requires_python=file.requires_python,
            yanked=file.yanked,
            metadata=file.metadata,
            version=_version_in(file.filename),
            url=upstream_path(page.key, file.filename),
        )
        for file in listed_files(page)
    ]


def _version_in(filename: str) -> str:
    if filename.endswith(".whl"):
        return filename.split("-")[1]
    return filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]


def index_versions(project: Project) -> Sequence[str]:
    return list(project.versions.order_by("id").values_list("version", flat=True))


def index_state(actor: Actor) -> IndexState:
    found = visible_to(actor).order_by().aggregate(n=Count("pk"), top=Max("serial"), total=Sum("serial"))
    return IndexState(found["n"], found["top"] or 0, int(found["total"] or 0))


def index_names(actor: Actor) -> list[tuple[str, str, int]]:
    """Return key, name and serial of the projects that the actor may see, by key."""
    return list(visible_to(actor).order_by("key").values_list("key", "name", "serial"))
