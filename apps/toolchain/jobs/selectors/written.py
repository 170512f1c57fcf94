"""Texts that a job has shown so far: rows of samples, and cells of which pieces have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.toolchain.contracts import EventKind

from ..models import Job, JobEvent

EVENTS_LIMIT = 10_000
STEPS_LIMIT = 20
ROWS_LIMIT = 200


@dataclass(slots=True)
class WrittenSamples:
    """Texts under one title. step: of the training, None outside of one; rows: one text for each column"""

    title: str
    step: int | None
    attempt: int
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def add(self, data: Mapping[str, Any]) -> None:
        """Append rows."""
        for name in data["columns"]:
            self._place_of(name)
        places = [self._place_of(name) for name in data["columns"]]
        for row in data["rows"][: ROWS_LIMIT - len(self.rows)]:
            cells = self._row(len(self.rows))
            for place, cell in zip(places, row, strict=True):
                cells[place] = "" if cell is None else str(cell)

    def write(self, data: Mapping[str, Any]) -> None:
        """Replace the text of a cell from a character on."""
        if data["row"] >= ROWS_LIMIT:
            return
        place, cells = self._place_of(data["column"]), self._row(data["row"])
        cells[place] = cells[place][: data["offset"]] + data["text"]

    def _place_of(self, column: str) -> int:
        if column not in self.columns:
            self.columns.append(column)
            for row in self.rows:
                row.append("")
        return self.columns.index(column)

    def _row(self, number: int) -> list[str]:
        while len(self.rows) <= number:
            self.rows.append([""] * len(self.columns))
        return self.rows[number]


def written_samples(job: Job, *, until: int) -> list[WrittenSamples]:
    """Return what a job has shown up to an event's number: by title, of each the newest steps first.

    A later attempt repeats steps: its rows replace those of the one before.
    """
    found: dict[tuple[str, int | None], WrittenSamples] = {}
    events = JobEvent.objects.filter(
        job=job, kind__in=[EventKind.SAMPLES, EventKind.PIECE], number__lte=until
    ).order_by("-number")[:EVENTS_LIMIT]
    for attempt, kind, data in reversed(events.values_list("attempt", "kind", "data")):
        key = data["title"], data.get("step")
        if key not in found or (kind == EventKind.SAMPLES and found[key].attempt < attempt):
            found[key] = WrittenSamples(*key, attempt)
        if kind == EventKind.SAMPLES:
            found[key].add(data)
        else:
            found[key].write(data)
    titles = {title: place for place, (title, _step) in enumerate(reversed(found))}
    ordered = sorted(found.values(), key=lambda one: (-titles[one.title], -(one.step or 0)))
    return ordered[:STEPS_LIMIT]
