"""How a model does on several datasets: does it generalize?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.core.actor import Actor
from apps.toolchain.contracts import find_recipe
from apps.toolchain.jobs.models import Direction, Lineage
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.selectors import receipts_for

RECEIPTS_LIMIT = 300
ROWS_LIMIT = 50


@dataclass(frozen=True, slots=True)
class DatasetScore:
    """The newest score of a model on one split of a dataset.

    score      the main one, as in the receipt
    baseline   of the same metric, None if the receipt has none
    is_source  whether the model was trained on this dataset, as far as lineage tells
    """

    receipt: Receipt
    body: Mapping[str, Any]
    score: Mapping[str, Any]
    baseline: float | None
    is_source: bool

    @property
    def lift(self) -> float | None:
        """How far the score is above the baseline."""
        return None if self.baseline is None else float(self.score["value"]) - self.baseline


def scores_by_dataset(actor: Actor, model_key: UUID) -> list[DatasetScore]:
    """Return the newest score of each dataset and split, what the model was trained on first."""
    rows = receipts_for(model_key, actor).filter(model_key=model_key)[:RECEIPTS_LIMIT]
    sources = _sources_of(model_key)
    found: dict[tuple[object, ...], DatasetScore] = {}
    for receipt in rows:
        body = receipt.body
        place = (receipt.dataset_key, body["params"].get("subset"), body["result"]["split"], body["recipe"])
        if place not in found and body["result"]["scores"]:
            score = body["result"]["scores"][0]
            is_source = receipt.dataset_key in sources
            found[place] = DatasetScore(receipt, body, score, baseline_of(body, score["name"]), is_source)
    return sorted(found.values(), key=lambda one: not one.is_source)[:ROWS_LIMIT]


def _sources_of(model_key: UUID) -> set[UUID | None]:
    """Return the datasets of the jobs that made a model."""
    made = Lineage.objects.filter(repo_key=model_key, direction=Direction.OUTPUT).values("job")
    used = Lineage.objects.filter(job__in=made, direction=Direction.INPUT, kind="dataset")
    return set(used.values_list("repo_key", flat=True))


def baseline_of(body: Mapping[str, Any], metric: str) -> float | None:
    """Return the value to compare a metric of a receipt with, None without one."""
    recipe = find_recipe("evaluate", str(body["recipe"]))
    if recipe is None or recipe.signed_result is None:
        return None
    result = recipe.signed_result.from_json({**body["result"], "config_hash": body["config_hash"]})
    return next((one.value for one in result.references() if one.metric == metric), None)
