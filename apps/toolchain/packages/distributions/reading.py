"""Reading a distribution of either kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadDistribution
from . import sources, wheels
from .limits import shown
from .metadata import CoreFacts, parse_facts

WHEEL, SOURCE = "bdist_wheel", "sdist"
FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}")


@dataclass(frozen=True, slots=True)
class Distribution:
    """A checked file.

    kind        as the upload protocol writes it
    python_tag  such as `py3`, or `source`
    """

    filename: str
    kind: str
    python_tag: str
    facts: CoreFacts


def check_filename(filename: str) -> tuple[str, str, str, str]:
    """Return the kind, key, version and Python tag that a filename names.

    raises  BadDistribution
    """
    if not FILENAME.fullmatch(filename):
        raise BadDistribution(f"The filename can't be used: {shown(filename)}.")
    if filename.endswith(".whl"):
        return WHEEL, *wheels.wheel_name(filename)
    return SOURCE, *sources.source_name(filename), "source"


def read_distribution(file: BinaryIO, *, size: int, filename: str) -> Distribution:
    """Check a wheel or a source archive, and return what it says of itself.

    file    seekable
    raises  BadDistribution
    """
    kind, key, version, tag = check_filename(filename)
    if not size:
        raise BadDistribution("The file is empty.")
    reader = wheels if kind == WHEEL else sources
    facts = parse_facts(reader.read_metadata(file, size, filename))
    if (facts.key, facts.version) != (key, version):
        raise BadDistribution(
            f"The metadata in the file is of {shown(facts.name)} {shown(facts.version)}, "
            f"but the filename is of {shown(key)} {shown(version)}."
        )
    return Distribution(filename, kind, tag, facts)
