"""Receipts of repositories and their verified scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.actor import ANONYMOUS, Actor
from apps.toolchain.contracts import SITE_OPERATOR
from apps.toolchain.jobs.models import Lineage

from ..access import visible_to
from ..models import Receipt

ORDER = ("-issued_at", "id")
KEY_ORDER = ("-created_at", "key_id")
SCORES_LIMIT = 5000


@dataclass(frozen=True, slots=True)
class VerifiedScores:
    """The verified scores of one model.

    count     number of receipts
    accuracy  best accuracy as a fraction of 1, with its interval and receipt
    """

    count: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    receipt: UUID | None = None


def listed_receipts(actor: Actor, *, lineage: Q | None = None) -> QuerySet[Receipt]:
    """Return the visible receipts; paginate by ORDER.

    lineage  condition on a repository that was evaluated
    """
    rows = visible_to(actor)
    if lineage is not None:
        rows = rows.filter(Exists(Lineage.objects.filter(lineage, job=OuterRef("job"))))
    return rows


def receipts_for(repo_key: UUID, actor: Actor = ANONYMOUS) -> QuerySet[Receipt]:
    """Return the visible receipts of a model or dataset, newest first; paginate by ORDER."""
    rows = visible_to(actor).filter(Q(model_key=repo_key) | Q(dataset_key=repo_key))
    return rows.select_related("job__namespace", "job__submitted_by", "signing_key").order_by(*ORDER)


def verified_scores(repo_keys: Iterable[UUID], actor: Actor = ANONYMOUS) -> dict[UUID, VerifiedScores]:
    """Return the verified scores of models in one query; models without a receipt are omitted.

    What a worker measured that the site does not run is not verified.
    """
    rows = visible_to(actor).filter(model_key__in=list(repo_keys), operator=SITE_OPERATOR).order_by(*ORDER)
    found: dict[UUID, VerifiedScores] = {}
    for key, receipt, scores in rows.values_list("model_key", "id", "scores")[:SCORES_LIMIT]:
        if key is not None:
            found[key] = _add_receipt(found.get(key, VerifiedScores(0)), receipt, scores)
    return found


def _add_receipt(known: VerifiedScores, receipt: UUID, scores: list[dict[str, Any]]) -> VerifiedScores:
    accuracy = next((score for score in scores if score["name"] == "accuracy"), None)
    if accuracy is None or (known.accuracy is not None and known.accuracy >= accuracy["value"]):
        return VerifiedScores(known.count + 1, known.accuracy, known.low, known.high, known.receipt)
    low, high = accuracy.get("low"), accuracy.get("high")
    return VerifiedScores(known.count + 1, accuracy["value"], low, high, receipt)
