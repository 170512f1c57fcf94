"""Verified scores, beside the card of a model."""

from __future__ import annotations

from typing import Any

from apps.core.actor import Actor
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.toolchain.jobs.presenters import score_rows
from apps.toolchain.receipts.selectors import receipts_for

SCORES_SHOWN = 3


def card_scores(actor: Actor, repo: Repo) -> dict[str, Any]:
    """Return the newest receipts of a model with their scores, and whether there are more."""
    if repo.kind != RepoKind.MODEL:
        return {}
    receipts = receipts_for(repo.pk, actor)[: SCORES_SHOWN + 1]
    found = [{"receipt": one, "body": one.body, "scores": score_rows(one.body)} for one in receipts]
    return {"receipts": found[:SCORES_SHOWN], "more_receipts": len(found) > SCORES_SHOWN}
