"""Reading leaderboards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.core.actor import Actor
from apps.toolchain.contracts import JobKind, find_recipe
from apps.toolchain.jobs.models import ACTIVE
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.verify import KINDS, VERIFIED

from .models import Benchmark, Submission

SUBMISSIONS_LIMIT = 2000
ROWS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class RankedModel:
    """The best verified score of a model on a benchmark.

    place        from 1; models with the same score share it
    score        as in the receipt
    submissions  how often the model was scored
    """

    place: int
    submission: Submission
    receipt: Receipt
    score: dict[str, Any]
    submissions: int


def ranked_models_of(benchmark: Benchmark) -> list[RankedModel]:
    """Return the leaderboard, the best first: a row for each public model, by receipts of this site."""
    rows = benchmark.submissions.filter(
        job__receipt__isnull=False, model__is_private=False, model__deleted_at=None, job__is_open=True
    ).select_related("job__receipt", "model__namespace", "submitted_by__namespace")
    best: dict[UUID, tuple[float, Submission, dict[str, Any]]] = {}
    counts: dict[UUID, int] = {}
    sign = 1 if is_upward(benchmark) else -1
    for row in rows.order_by("-created_at", "pk")[:SUBMISSIONS_LIMIT]:
        counts[row.model_id] = counts.get(row.model_id, 0) + 1
        score = score_of(row.job.receipt, benchmark)
        if score and (row.model_id not in best or sign * score["value"] > best[row.model_id][0]):
            best[row.model_id] = (sign * score["value"], row, score)
    ranked = sorted(best.values(), key=lambda one: (-one[0], one[1].created_at))[:ROWS_LIMIT]
    values = [value for value, _row, _score in ranked]
    return [
        RankedModel(values.index(value) + 1, row, row.job.receipt, score, counts[row.model_id])
        for value, row, score in ranked
    ]


def score_of(receipt: Receipt, benchmark: Benchmark) -> dict[str, Any] | None:
    """Return the score that counts, None unless this site measured it on the data as they are pinned."""
    body = receipt.body
    is_current = body["dataset"]["commit"] == benchmark.data_commit and body["params"] == benchmark.params
    if not is_current or KINDS.get(body["type"]) != VERIFIED:
        return None
    return next((dict(one) for one in body["result"]["scores"] if one["name"] == benchmark.metric), None)


def is_upward(benchmark: Benchmark) -> bool:
    """Return whether higher values of the benchmark's metric are better."""
    recipe = find_recipe(JobKind.EVALUATE, benchmark.recipe)
    return recipe.metric(benchmark.metric).higher_is_better if recipe else True


def waiting_submissions(benchmark: Benchmark, actor: Actor) -> list[Submission]:
    """Return the actor's submissions that are not scored yet."""
    rows = benchmark.submissions.filter(submitted_by=actor.user_id, job__state__in=ACTIVE)
    return list(rows.select_related("job", "model__namespace").order_by("-created_at")[:20])
