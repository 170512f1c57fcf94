"""Repeating an evaluation: the same commits, settings and seed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.actor import Actor
from apps.registry.repos.access import visible_to
from apps.toolchain.contracts import JobKind, find_recipe
from apps.toolchain.jobs.models import Job
from apps.toolchain.receipts.models import Receipt

from .launch import InputRepo, order_job


@transaction.atomic
def repeat_evaluation(*, actor: Actor, receipt: Receipt) -> Job:
    """Order the evaluation of a receipt again, on the repositories under the names that they have now.

    raises  InvalidOrder if a repository or commit is gone, Unauthenticated, Forbidden, OverQuota
    """
    body = receipt.body
    keys = {"model": receipt.model_key, "dataset": receipt.dataset_key}
    inputs = {name: InputRepo(_address(actor, keys[name], body[name]), body[name]["commit"]) for name in keys}
    recipe = find_recipe(JobKind.EVALUATE, str(body["recipe"]))
    known = [param.name for param in recipe.params] if recipe else []
    return order_job(
        actor=actor,
        kind=JobKind.EVALUATE,
        recipe=str(body["recipe"]),
        inputs=inputs,
        params={name: value for name, value in body["params"].items() if name in known and name != "seed"},
        seed=body["seed"],
        is_public=receipt.job.is_public,
        device=receipt.job.device,
    )


def _address(actor: Actor, key: UUID | None, signed: dict[str, Any]) -> str:
    """Return the address that the repository has today, or the signed one if the actor cannot see it."""
    repo = visible_to(actor).filter(pk=key).first() if key else None
    return repo.address.id if repo else str(signed["address"])
