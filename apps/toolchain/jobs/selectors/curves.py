"""A job's metrics by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..models import Job, JobEvent

POINT_LIMIT = 2000
EVENT_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Curves:
    """Values by step.

    names  names of the series, in order of their first value
    rows   lists [step, value or None, …], by ascending step
    """

    names: tuple[str, ...]
    rows: list[list[float | None]]

    def of(self, *names: str) -> Curves:
        """Return some of the series, without the steps where all of them are empty."""
        places = [self.names.index(name) + 1 for name in names if name in self.names]
        kept = tuple(self.names[place - 1] for place in places)
        rows = [[row[0], *(row[place] for place in places)] for row in self.rows]
        return Curves(kept, [row for row in rows if any(value is not None for value in row[1:])])

    def to_json(self) -> dict[str, Any]:
        columns = list(zip(*self.rows, strict=True)) or [()] * (len(self.names) + 1)
        return {
            "steps": list(columns[0]),
            "series": {name: list(columns[place]) for place, name in enumerate(self.names, 1)},
        }


def curves_of(job: Job, *, points: int = POINT_LIMIT) -> Curves:
    """Return the metrics of a job; if a later attempt repeats a step, its value counts.

    points  maximum number of steps; if there are more, they are thinned evenly and the last one is kept
    """
    by_step: dict[int, dict[str, float]] = {}
    names: dict[str, None] = {}
    events = (
        JobEvent.objects.filter(job=job, kind="metric")
        .order_by("number")
        .values_list("data", flat=True)[:EVENT_LIMIT]
    )
    for data in events.iterator(chunk_size=2000):
        by_step.setdefault(data["step"], {}).update(data["values"])
        names.update(dict.fromkeys(data["values"]))
    steps = _thin(sorted(by_step), by_step, points)
    return Curves(tuple(names), [[step, *(by_step[step].get(name) for name in names)] for step in steps])


def _thin(steps: list[int], values: dict[int, dict[str, float]], points: int) -> list[int]:
    """Thin steps evenly per set of names, so that sparse series such as validations are kept."""
    if len(steps) <= points:
        return steps
    groups: dict[frozenset[str], list[int]] = {}
    for step in steps:
        groups.setdefault(frozenset(values[step]), []).append(step)
    share = max(2, points // len(groups))
    kept = [step for group in groups.values() for step in _pick_evenly(group, share)]
    return _pick_evenly(sorted(kept), points)


def _pick_evenly(steps: list[int], count: int) -> list[int]:
    if len(steps) <= count:
        return steps
    stride = (len(steps) - 1) / (count - 1)
    return [steps[round(index * stride)] for index in range(count)]
