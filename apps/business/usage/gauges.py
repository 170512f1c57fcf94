"""Gauges: apps say what a namespace holds now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .meters import Meter


@dataclass(frozen=True, slots=True)
class Correction:
    """A count of stored bytes that was wrong.

    subject  what is counted, such as the address of a repository or the name of a namespace
    """

    subject: str
    counted_bytes: int
    actual_bytes: int


Recount = Callable[[bool], list[Correction]]


@dataclass(frozen=True, slots=True)
class Gauge:
    """What one app holds for a namespace; the gauges of a meter are added up.

    measure  namespace id -> amount in the meter's unit
    recount  (whether to change nothing) -> corrections of the app's stored items, for a gauge that has such
    """

    meter: Meter
    measure: Callable[[int], int]
    recount: Recount | None = None


_gauges: list[Gauge] = []


def register_gauge(gauge: Gauge) -> None:
    if gauge not in _gauges:
        _gauges.append(gauge)


def gauges_of(meter: Meter) -> list[Gauge]:
    return [gauge for gauge in _gauges if gauge.meter is meter]


def recounts() -> list[Recount]:
    return [gauge.recount for gauge in _gauges if gauge.recount]
