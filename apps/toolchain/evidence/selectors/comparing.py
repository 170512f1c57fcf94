"""Compares two evaluations: is the second model better, worse, or is neither shown?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist
from typing import Any

from apps.core.actor import Actor
from apps.core.cache import CachedValue
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.receipts.models import Receipt

from ..access import readable_log
from .logs import ask_logs

MIN_SAMPLES = 30
EXACT_TEST_LIMIT = 1000
Z = NormalDist().inv_cdf(0.975)
# what has to be equal of two evaluations whose samples were not kept
SAME_PARAMS = ("text_column", "label_column", "subset", "split", "max_samples", "label_map", "label_match")


class Outcome(StrEnum):
    """What a comparison shows about the second model."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not_shown"
    INCOMPARABLE = "incomparable"


class Basis(StrEnum):
    """What a difference was computed from; `incomparable` for reasons in words."""

    SAMPLES = "samples"
    SCORES = "scores"
    OTHER_RECIPE = "other_recipe"
    OTHER_DATA = "other_data"
    NO_METRIC = "no_metric"


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a score changed, on the samples that both have.

    low, high       of the 95% interval of `value`; None for fewer than 30 samples
    method          of the interval: bonett_price, bootstrap, normal or newcombe
    gained, lost    samples that only the second has right, and only the first; None if not of that kind
    p_value         of McNemar's exact test, None without these counts
    """

    metric: str
    before: float
    after: float
    value: float
    n: int
    low: float | None = None
    high: float | None = None
    method: str = ""
    higher_is_better: bool = True
    gained: int | None = None
    lost: int | None = None
    p_value: float | None = None

    @property
    def outcome(self) -> Outcome:
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return Outcome.NOT_SHOWN
        return Outcome.BETTER if (self.low > 0) == self.higher_is_better else Outcome.WORSE


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations beside each other.

    samples       those that both have
    changed       predictions that differ, None if unknown
    differences   by metric, the main one first
    gained, lost  examples, as rows of the log
    """

    basis: Basis
    samples: int = 0
    changed: int | None = None
    differences: list[Difference] = field(default_factory=list)
    gained: list[dict[str, Any]] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)

    @property
    def main(self) -> Difference | None:
        return self.differences[0] if self.differences else None

    @property
    def outcome(self) -> Outcome:
        return self.main.outcome if self.main else Outcome.INCOMPARABLE


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child process makes of two logs. of: samples of each; differences: facts by metric"""

    samples: int
    of: list[int]
    changed: int | None
    differences: dict[str, dict[str, int | float | str]]
    gained: list[dict[str, Any]]
    lost: list[dict[str, Any]]


CACHED_ANSWERS = CachedValue("comparison", Answer, seconds=3600)


def compare_receipts(actor: Actor, first: Receipt, second: Receipt) -> Comparison:
    """Compare the second receipt with the first, by their samples if the actor may read both logs.

    raises  SamplesUnreadable
    """
    bodies = first.body, second.body
    if bodies[0]["recipe"] != bodies[1]["recipe"]:
        return Comparison(Basis.OTHER_RECIPE)
    logs = [log for log in (readable_log(actor, one) for one in (first, second)) if log]
    if len(logs) == 2:
        found = _by_samples(bodies, logs[0], logs[1])
        return found if found.samples else Comparison(Basis.OTHER_DATA)
    return _by_scores(bodies) if _is_same_data(bodies) else Comparison(Basis.OTHER_DATA)


def _by_samples(bodies: tuple[dict[str, Any], dict[str, Any]], *logs: JobArtifact) -> Comparison:
    directions = _directions(bodies)
    name = tuple(log.sha256 for log in logs)
    answer = CACHED_ANSWERS.get(*name)
    if answer is None:
        request = {"action": "compare", "metrics": list(directions)}
        answer = CACHED_ANSWERS.from_plain(ask_logs(request, *logs))
        CACHED_ANSWERS.set(answer, *name)
    differences = [
        difference_of(metric, answer.differences[metric], is_upward)
        for metric, is_upward in directions.items()
        if metric in answer.differences
    ]
    basis = Basis.SAMPLES if differences or not answer.samples else Basis.NO_METRIC
    return Comparison(basis, answer.samples, answer.changed, differences, answer.gained, answer.lost)


def _directions(bodies: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, bool]:
    """Return the metrics that both receipts have, in order, and whether higher values are better."""
    names = {score["name"] for score in bodies[1]["result"]["scores"]}
    scores = [score for score in bodies[0]["result"]["scores"] if score["name"] in names]
    return {score["name"]: score.get("higher_is_better", True) for score in scores}


def difference_of(metric: str, facts: Mapping[str, Any], higher_is_better: bool) -> Difference:
    gained, lost = facts.get("gained"), facts.get("lost")
    p_value = None if gained is None or lost is None else mcnemar(gained, lost)
    return Difference(metric=metric, higher_is_better=higher_is_better, p_value=p_value, **facts)


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided p-value that as many samples change to right as to wrong.

    Exact for up to EXACT_TEST_LIMIT changes, then by the normal distribution with continuity correction.
    """
    n, least = gained + lost, min(gained, lost)
    if not n:
        return 1.0
    if n <= EXACT_TEST_LIMIT:
        return float(min(1.0, 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n))
    z = max(0.0, abs(gained - lost) - 1) / math.sqrt(n)
    return 2 * (1 - NormalDist().cdf(z))


# --- without the samples


def _is_same_data(bodies: tuple[dict[str, Any], dict[str, Any]]) -> bool:
    """Return whether two evaluations scored the same rows."""

    def facts(body: Mapping[str, Any]) -> list[Any]:
        params, seed = body["params"], body["seed"] if body["params"].get("max_samples") else 0
        rows = body["dataset"]["commit"], body["result"]["split"], body["result"]["samples"], seed
        return [*rows, *(params.get(name) for name in SAME_PARAMS)]

    return facts(bodies[0]) == facts(bodies[1])


def _by_scores(bodies: tuple[dict[str, Any], dict[str, Any]]) -> Comparison:
    """Compare shares of right answers; as if of different samples, which is careful for the same ones."""
    shares = [
        next((one for one in body["result"]["scores"] if one.get("method") == "wilson"), None)
        for body in bodies
    ]
    n = bodies[0]["result"]["samples"]
    if not shares[0] or not shares[1] or shares[0]["name"] != shares[1]["name"]:
        return Comparison(Basis.NO_METRIC, n)
    before, after = shares[0]["value"], shares[1]["value"]
    facts: dict[str, Any] = {"before": before, "after": after, "value": after - before, "n": n}
    if n >= MIN_SAMPLES:
        low, high = newcombe((before, n), (after, n))
        facts |= {"low": low, "high": high, "method": "newcombe"}
    direction = shares[0].get("higher_is_better", True)
    return Comparison(Basis.SCORES, n, None, [difference_of(shares[0]["name"], facts, direction)])


def newcombe(before: tuple[float, int], after: tuple[float, int]) -> tuple[float, float]:
    """Return the interval of the difference of two shares of so many samples.

    source  Newcombe 1998, Stat. Med. 17, method 10
    """
    (low_before, high_before), (low_after, high_after) = _wilson(*before), _wilson(*after)
    change = after[0] - before[0]
    low = change - math.hypot(after[0] - low_after, high_before - before[0])
    return low, change + math.hypot(high_after - after[0], before[0] - low_before)


def _wilson(share: float, n: int) -> tuple[float, float]:
    middle, squared = share + Z * Z / (2 * n), Z * Z / n
    half = Z * math.sqrt(share * (1 - share) / n + squared / (4 * n))
    return (middle - half) / (1 + squared), (middle + half) / (1 + squared)
