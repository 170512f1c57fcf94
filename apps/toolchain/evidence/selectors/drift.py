"""Repetitions of an evaluation: does the same order give the same result?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.actor import Actor
from apps.toolchain.receipts.access import visible_to
from apps.toolchain.receipts.models import Receipt

from .comparing import Comparison, Outcome, compare_receipts

REPETITIONS_LIMIT = 20
# facts of a run that can explain a difference, by their path in the result
CAUSES = (("code_version",), ("dtype",), ("hardware", "name"), ("hardware", "device"), ("hardware", "cores"))


@dataclass(frozen=True, slots=True)
class Change:
    """A fact of the runs that differs. name: such as hardware.name or versions.torch"""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Drift:
    """One repetition beside the original.

    is_identical  whether every prediction is the same, by the signed hashes of the logs
    comparison    of the samples or scores, None for identical ones
    changes       what else differs, which may explain it
    """

    receipt: Receipt
    is_identical: bool
    comparison: Comparison | None
    changes: list[Change] = field(default_factory=list)

    @property
    def is_drift(self) -> bool:
        """Whether the scores differ by more than chance."""
        outcome = self.comparison.outcome if self.comparison else None
        return outcome in (Outcome.BETTER, Outcome.WORSE)


def repetitions_of(actor: Actor, receipt: Receipt) -> list[Receipt]:
    """Return the other receipts of the same order that the actor may read, oldest first."""
    rows = visible_to(actor).filter(order_hash=receipt.order_hash).exclude(pk=receipt.pk)
    related = rows.select_related("job__namespace", "job__submitted_by", "signing_key")
    return list(related.order_by("issued_at", "id")[:REPETITIONS_LIMIT])


def drift_of(actor: Actor, receipt: Receipt, repetition: Receipt) -> Drift:
    """Compare a repetition with a receipt (raises SamplesUnreadable)."""
    before, after = receipt.body["result"], repetition.body["result"]
    is_identical = before["log_sha256"] == after["log_sha256"] and _values(before) == _values(after)
    comparison = None if is_identical else compare_receipts(actor, receipt, repetition)
    return Drift(repetition, is_identical, comparison, changes_of(before, after))


def _values(result: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [(score["name"], score["value"]) for score in result["scores"]]


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the facts of two runs that differ."""
    libraries = sorted({*before.get("versions", {}), *after.get("versions", {})})
    paths = [*CAUSES, *(("versions", name) for name in libraries)]
    facts = [(".".join(path), _fact(before, path), _fact(after, path)) for path in paths]
    return [Change(*one) for one in facts if one[1] != one[2]]


def _fact(result: Mapping[str, Any], path: tuple[str, ...]) -> str:
    value: Any = result
    for name in path:
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return str(value)
