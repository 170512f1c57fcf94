"""The estimate of an order that names its repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.actor import Actor
from apps.core.errors import Refusal
from apps.registry.contents.previews.viewer import first_rows
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.selectors import git_of
from apps.toolchain.contracts import ContractError, Estimate, clean_params
from apps.toolchain.jobs.errors import InvalidOrder

from ..services.launch import InputRepo, open_inputs, recipe_of
from .estimates import Forecast, forecast
from .suggest import dataset_facts, model_facts


def estimates_of(**order: Any) -> dict[str, Estimate]:
    """Return what an order will take, by device; nothing for one that will be refused with its reasons."""
    try:
        return estimate_order(**order).estimates
    except Refusal:
        return {}


def estimate_order(
    *,
    actor: Actor,
    kind: str,
    recipe: str,
    inputs: Mapping[str, InputRepo],
    params: Mapping[str, Any],
    device: str = "",
) -> Forecast:
    """Return what an order will take.

    raises  InvalidOrder, Unauthenticated
    """
    found = recipe_of(kind, recipe)
    repos = open_inputs(actor, found, inputs)
    try:
        values = clean_params(found, params, is_json=True)
    except ContractError as error:
        raise InvalidOrder(fields=error.errors) from None
    model = dataset = None
    for repo, pin in found.in_order(repos).values():
        if repo.kind == RepoKind.MODEL:
            model = model or model_facts(repo)
        elif dataset is None:
            dataset = dataset_facts(first_rows(repo, git_of(repo), pin.commit))
    return forecast(found, values, model, dataset, device)
