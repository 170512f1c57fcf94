"""Core metadata: parsed and validated from the text in a distribution."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..errors import BadDistribution, MetadataMismatch
from ..names import is_name, project_key
from .limits import METADATA_LIMIT_BYTES, shown

VALUES_LIMIT, VALUE_LIMIT_CHARACTERS = 2000, 4000
# what installers read; tools of many years wrote the rest, some before its specification did
CHECKED = frozenset(
    {"metadata_version", "name", "version", "requires_dist", "requires_python", "provides_extra"}
)
# kept with a version besides what has a column
DETAILS = (
    "metadata_version",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "home_page",
    "download_url",
    "project_urls",
    "license",
    "license_expression",
    "license_files",
    "keywords",
    "classifiers",
    "platforms",
    "requires_dist",
    "provides_extra",
    "dynamic",
)


@dataclass(frozen=True, slots=True)
class CoreFacts:
    """What a distribution says of itself.

    version  normalized
    details  further fields, those of DETAILS that are not empty
    text     the metadata as it is in the file
    """

    name: str
    version: str
    summary: str
    description: str
    description_type: str
    requires_python: str
    details: dict[str, Any]
    text: bytes = field(repr=False)

    @property
    def key(self) -> str:
        return project_key(self.name)

    @property
    def is_prerelease(self) -> bool:
        return Version(self.version).is_prerelease


def parse_facts(text: bytes) -> CoreFacts:
    """Return the facts of a METADATA or PKG-INFO file.

    raises  BadDistribution
    """
    if len(text) > METADATA_LIMIT_BYTES:
        raise BadDistribution(f"The metadata in the file is larger than {METADATA_LIMIT_BYTES >> 20} MiB.")
    raw, _unknown = parse_email(text)
    if wrong := _errors_of(raw):
        raise BadDistribution(f"The metadata in the file is not valid: {wrong[0]}")
    if not is_name(raw["name"]):
        raise BadDistribution(f"The metadata in the file has no valid name: {shown(raw['name'])}.")
    _check_sizes(raw)
    return CoreFacts(
        name=raw["name"],
        version=str(Version(raw["version"])),
        summary=raw.get("summary", "").strip()[:512],
        description=raw.get("description", "").replace("\0", ""),
        description_type=raw.get("description_content_type", "")[:100],
        requires_python=raw.get("requires_python", "").strip(),
        details={name: value for name in DETAILS if (value := cast(dict[str, Any], raw).get(name))},
        text=text,
    )


def _errors_of(raw: RawMetadata) -> list[str]:
    """Return a sentence for each error in a field that installers read."""
    try:
        Metadata.from_raw(raw, validate=True)
    except ExceptionGroup as group:
        errors = [one for one in group.exceptions if isinstance(one, InvalidMetadata)]
        wrong = [one for one in errors if one.field.replace("-", "_") in CHECKED]
        return [" ".join(f"{one.field}: {one}".split())[:300] for one in wrong]
    return []


def _check_sizes(raw: RawMetadata) -> None:
    for name, value in raw.items():
        if name == "description":
            continue
        values = value if isinstance(value, list) else [value]
        if isinstance(value, dict):
            values = [*value, *value.values()]
        if len(values) > VALUES_LIMIT or any(len(str(one)) > VALUE_LIMIT_CHARACTERS for one in values):
            raise BadDistribution(f"The metadata in the file is too long: {name}.")
        if any("\0" in str(one) for one in values):
            raise BadDistribution(f"The metadata in the file contains a NUL character: {name}.")
    if len(raw.get("requires_python", "")) > 200 or len(raw["version"]) > 100:
        raise BadDistribution("The metadata in the file is too long: version or requires_python.")


def compare_form(facts: CoreFacts, fields: dict[str, list[str]]) -> None:
    """Refuse a form that says something else than the file, in what installers read.

    fields  of the upload form; those that are absent are not compared
    raises  MetadataMismatch
    """
    if (sent := _one(fields, "name")) and project_key(sent) != facts.key:
        raise _mismatch("name", sent, facts.name)
    if (sent := _one(fields, "version")) and _version(sent) != facts.version:
        raise _mismatch("version", sent, facts.version)
    sent = _one(fields, "requires_python")
    if sent and _specifiers(sent) != _specifiers(facts.requires_python):
        raise _mismatch("requires_python", sent, facts.requires_python)
    requirements = [one for one in fields.get("requires_dist", []) if one.strip()]
    own = facts.details.get("requires_dist", [])
    if requirements and sorted(map(_requirement, requirements)) != sorted(map(_requirement, own)):
        raise _mismatch("requires_dist", ", ".join(requirements), ", ".join(own))


def _one(fields: dict[str, list[str]], name: str) -> str:
    values = fields.get(name, [])
    return values[-1].strip() if values else ""


def _mismatch(name: str, sent: str, own: str) -> MetadataMismatch:
    return MetadataMismatch(
        f"The form says {name} {shown(sent)}, but the metadata in the file says {shown(own)}.", field=name
    )


def _version(text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        return text


def _specifiers(text: str) -> SpecifierSet | str:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return text


def _requirement(text: str) -> str:
    try:
        return str(Requirement(text))
    except InvalidRequirement:
        return text
