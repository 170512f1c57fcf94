"""Samples of an evaluation as rows of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.text.formatting import percent


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample.

    number      of the row in the split
    confidence  of the prediction as a percentage, "" if unknown
    before      what another model predicted, "" if the list is about one model
    """

    number: int
    text: str
    label: str
    predicted: str
    confidence: str
    is_right: bool | None
    before: str = ""


def sample_rows(rows: Iterable[Mapping[str, Any]]) -> list[SampleRow]:
    return [
        SampleRow(
            number=int(row.get("row") or 0),
            text=str(row.get("text") or row.get("prompt") or ""),
            label=str(row.get("label") or row.get("reference") or ""),
            predicted=str(row.get("predicted") or row.get("answer") or ""),
            confidence="" if row.get("confidence") is None else percent(row["confidence"]),
            is_right=row.get("is_right"),
            before=str(row.get("predicted_before") or ""),
        )
        for row in rows
    ]
