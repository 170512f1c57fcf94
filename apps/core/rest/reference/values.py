"""What the reference shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.declaration import ApiTag

TONES = {"GET": "info", "DELETE": "bad"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a property of a body or resource.

    type         such as `array of string`
    schema       name of the schema to link to
    values       of an enum
    place        of a parameter: path, query or header
    depth        of a property: below how many others it stands
    """

    name: str
    type: str
    schema: str
    description: str
    is_required: bool
    values: Sequence[str] = ()
    place: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of an operation.

    type    of its content
    schema  name of the schema to link to
    sample  an example, as indented JSON
    """

    status: str
    description: str
    type: str = ""
    schema: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    callers    which credentials it takes
    access     what its policy demands
    body_type  media type of a body that is not JSON
    errors     responses of this operation in particular
    common     statuses that most operations share
    """

    id: str
    method: str
    path: str
    summary: str
    description: str
    callers: str
    access: str
    parameters: Sequence[Field]
    body: Sequence[Field]
    body_name: str
    body_type: str
    answers: Sequence[Answer]
    errors: Sequence[Answer]
    common: Sequence[str]
    curl: str
    python: str
    deprecation: str

    @property
    def short_path(self) -> str:
        return self.path.removeprefix("/api/v1") or "/"

    @property
    def tone(self) -> str:
        return TONES.get(self.method, "leaf")


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    tag: ApiTag
    operations: Sequence[Operation]


@dataclass(frozen=True, slots=True)
class Schema:
    """A resource, a body or an enum.

    fields  of an object
    values  of an enum
    """

    name: str
    description: str
    fields: Sequence[Field]
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole reference; internal groups are for the site's own workers."""

    groups: Sequence[Group]
    internal: Sequence[Group]
    schemas: Sequence[Schema]
