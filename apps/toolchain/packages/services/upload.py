"""Publishing a file: checked, stored, and shown by the index, all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

from django.db import transaction
from packaging.version import InvalidVersion, Version

from apps.business.usage.services import check_storage
from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.objects.folders import StoredObject

from ..audit import Action
from ..distributions.limits import shown
from ..distributions.metadata import CoreFacts, compare_form
from ..distributions.reading import WHEEL, Distribution, check_filename, read_distribution
from ..distributions.scanning import Note
from ..errors import FileBlocked, FileExists, MetadataMismatch, UploadRefused, UploadsClosed
from ..folders import FILES, METADATA
from ..models import CoreMetadata, Project, ProjectFile, ProjectVersion, ScanState, UsedFilename
from ..names import project_key
from ..notifications import announce_version
from .projects import check_publish, project_to_publish
from .publishers import check_publisher
from .scanning import scan_file
from .serials import touch_project
from .storage import count_project

BLOCK_BYTES = 1 << 20
# name in the form -> name of the function
DIGESTS = {"md5_digest": "md5", "sha256_digest": "sha256", "blake2_256_digest": "blake2b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file with the form that it came in.

    file    seekable
    sha256  of what arrived, in hex
    fields  of the form, each with its values
    """

    file: BinaryIO
    filename: str
    size: int
    sha256: str
    fields: Mapping[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        values = self.fields.get(name, [])
        return values[-1].strip() if values else ""


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """An upload whose content was read and stored."""

    upload: Upload
    distribution: Distribution
    blake2_256: str
    metadata: StoredObject | None
    notes: list[Note]


def upload_file(*, actor: Actor, upload: Upload) -> tuple[ProjectFile, bool]:
    """Publish a file; return it and whether it is new. The same bytes again change nothing.

    raises  UploadRefused, BadDistribution, MetadataMismatch, FileExists, UploadsClosed, Forbidden, OverQuota,
            TokenScope, Unauthenticated, SecondFactorRequired, and as create_project
    """
    check_publisher(actor)
    _check_form(upload)
    project = _known_project(actor, upload)
    if project is not None:
        if known := _published(project, upload):
            return known, False
        check_storage(project.namespace_id, upload.size)
    blake2_256 = _check_digests(upload)
    distribution = _read(upload)
    notes = _scan(actor, upload)
    _store(upload)
    metadata = METADATA.put_bytes(distribution.facts.text) if distribution.kind == WHEEL else None
    return _publish(actor, CheckedUpload(upload, distribution, blake2_256, metadata, notes))


def _check_form(upload: Upload) -> None:
    """Check what the form says of itself and of the filename."""
    kind, key, version, _tag = check_filename(upload.filename)
    if (sent := upload.one("filetype")) and sent != kind:
        raise UploadRefused(f"The filetype is {shown(sent)}, but the file is {kind}.")
    if not upload.one("name") or not upload.one("version"):
        raise UploadRefused("The form needs a name and a version.")
    if project_key(upload.one("name")) != key:
        raise MetadataMismatch(f"The filename is not of {shown(upload.one('name'))}.", field="name")
    try:
        sent_version = str(Version(upload.one("version")))
    except InvalidVersion:
        raise UploadRefused(f"The version is not valid: {shown(upload.one('version'))}.") from None
    if sent_version != version:
        raise MetadataMismatch(f"The filename is not of version {shown(sent_version)}.", field="version")
    if not any(upload.one(name) for name in DIGESTS):
        raise UploadRefused("The form needs a digest of the file, such as sha256_digest.")
    if "+" in version:
        raise UploadRefused("Local versions, such as 1.0+local, can't be published.")


def _known_project(actor: Actor, upload: Upload) -> Project | None:
    """Return the project if it exists and takes the upload."""
    key = project_key(upload.one("name"))
    project = Project.objects.select_related("namespace").filter(key=key).first()
    if project is not None:
        check_publish(actor, project)
    return project


def _published(project: Project, upload: Upload) -> ProjectFile | None:
    """Return the file if it is published with the same bytes; refuse other bytes, and what was deleted."""
    used = UsedFilename.objects.filter(filename=upload.filename).first()
    if used is None:
        _check_open(project)
        return None
    file = ProjectFile.objects.filter(filename=upload.filename, version__project=project).first()
    if file is None or used.sha256 != upload.sha256:
        reason = "with other content" if file else "and was deleted: choose another version"
        raise FileExists(f"File already exists ({upload.filename}, {reason}).")
    return file


def _check_open(project: Project) -> None:
    if not project.takes_uploads:
        raise UploadsClosed(f"{project.name} is {project.status} and takes no uploads.")


def _check_digests(upload: Upload) -> str:
    """Compare the digests of the form; return the BLAKE2 of the file."""
    hashes: dict[str, Any] = {"blake2b": hashlib.blake2b(digest_size=32)}
    if upload.one("md5_digest"):
        hashes["md5"] = hashlib.md5(usedforsecurity=False)
    upload.file.seek(0)
    for block in _blocks(upload.file):
        for one in hashes.values():
            one.update(block)
    found = {name: one.hexdigest() for name, one in hashes.items()} | {"sha256": upload.sha256}
    for name, function in DIGESTS.items():
        if (sent := upload.one(name)) and sent.lower() != found[function]:
            raise UploadRefused(f"The {name} does not match the file that arrived. Try again.", field=name)
    return str(found["blake2b"])


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    return iter(partial(file.read, BLOCK_BYTES), b"")


def _read(upload: Upload) -> Distribution:
    upload.file.seek(0)
    distribution = read_distribution(upload.file, size=upload.size, filename=upload.filename)
    compare_form(distribution.facts, dict(upload.fields))
    return distribution


def _scan(actor: Actor, upload: Upload) -> list[Note]:
    """Return what the scan noted (raises FileBlocked, Unavailable)."""
    notes = scan_file(upload.file, filename=upload.filename)
    blocked = [note for note in notes if note.is_blocked]
    if blocked:
        record(actor, Action.FILE_BLOCKED, upload.filename, sha256=upload.sha256, found=blocked[0].as_json())
        raise FileBlocked(
            f"The scan found malware in {shown(blocked[0].subject)}. The file is not published."
        )
    return notes


def _store(upload: Upload) -> None:
    upload.file.seek(0)
    FILES.put(_blocks(upload.file), limit_bytes=upload.size, sha256=upload.sha256)


@transaction.atomic
def _publish(actor: Actor, checked: CheckedUpload) -> tuple[ProjectFile, bool]:
    upload, facts = checked.upload, checked.distribution.facts
    project = project_to_publish(actor=actor, name=facts.name)
    if known := _published(project, upload):
        return known, False
    FILES.keep(upload.sha256)
    version = _version_of(actor, project, facts)
    file = ProjectFile.objects.create(
        version=version,
        filename=upload.filename,
        kind=checked.distribution.kind,
        python_tag=checked.distribution.python_tag,
        sha256=upload.sha256,
        blake2_256=checked.blake2_256,
        size=upload.size,
        requires_python=facts.requires_python,
        scan=ScanState.NOTED if checked.notes else ScanState.CLEAN,
        scan_notes=[note.as_json() for note in checked.notes],
        uploaded_by_id=actor.user_id,
    )
    UsedFilename.objects.create(filename=upload.filename, sha256=upload.sha256)
    if checked.metadata is not None:
        METADATA.keep(checked.metadata.sha256)
        stored = checked.metadata
        CoreMetadata.objects.create(file=file, sha256=stored.sha256, size=stored.size)
    touch_project(project)
    announce_version(version, file)
    record(actor, Action.FILE_UPLOADED, project.key, filename=file.filename, sha256=file.sha256)
    count_project(project, within_limit=True)
    return file, True


def _version_of(actor: Actor, project: Project, facts: CoreFacts) -> ProjectVersion:
    """Return the version of a locked project, created with the facts of its first file."""
    return ProjectVersion.objects.get_or_create(
        project=project,
        version=facts.version,
        defaults={
            "is_prerelease": facts.is_prerelease,
            "summary": facts.summary,
            "description": facts.description,
            "description_type": facts.description_type,
            "requires_python": facts.requires_python,
            "details": facts.details,
            "created_by_id": actor.user_id,
        },
    )[0]
