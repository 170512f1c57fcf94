"""The form in which an app reports whether what its rows name is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str], None]


@dataclass(slots=True)
class Findings:
    """The result of one check.

    checked   how many things were looked at
    problems  what is missing or damaged, a line each; the instance is not whole
    notes     what an operator may want to know; nothing is missing
    """

    name: str
    checked: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
