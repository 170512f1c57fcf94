"""Ordering a fine-tune: files become a dataset, hyperparameters parameters of a recipe, and both a job."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.registry.gitstore.errors import RevisionNotFound
from apps.registry.repos.access import check_may
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.training.presenters.suggest import model_facts, suggested_params
from apps.registry.training.services.launch import InputRepo, Output, order_job
from apps.toolchain.contracts import ContractError, JobKind, ModelFacts, Recipe, clean_params
from apps.toolchain.files.access import check_change
from apps.toolchain.jobs.errors import InvalidOrder
from apps.toolchain.jobs.models import Job
from apps.users.accounts.models import Namespace

from ..access import fine_tune_for, named_model
from ..errors import FineTuneRefused, ModelNameNotFound
from ..models import FineTune, Method, new_fine_tune_id
from ..names import KEY_CHARACTERS, output_name, split_checkpoint, tuned_name
from ..selectors.recipes import OWN, params_of, recipe_of_files
from ..selectors.state import model_named, repo_of
from .datasets import DatasetRows, FileFault, UploadedRows, rows_named

REPEATED_WITHIN = timedelta(seconds=60)
SEED_MOST = 2**31 - 1
PLACES = {"output": "output_repo", "device": "flavor", "max_seconds": "max_seconds", "recipe": "task"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuneOrder:
    """What a client asks for.

    seed         None for a random one
    task         name of a recipe, empty for that of the files
    device       as of a job
    output       `owner/name` of the repository to create, empty for a name after the base
    digest       hash of the request
    is_repeated  the client has sent this request before and got no answer
    """

    model: str
    training_file: str
    method: Method
    validation_file: str = ""
    suffix: str = ""
    seed: int | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    task: str = ""
    device: str = ""
    max_seconds: int | None = None
    output: str = ""
    is_private: bool = True
    digest: str = ""
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """The model to tune, at a commit."""

    repo: Repo
    commit: str

    @property
    def address(self) -> str:
        return self.repo.address.id


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes a job."""

    recipe: Recipe
    params: Mapping[str, Any]
    base: Base
    dataset: InputRepo


def order_fine_tune(*, actor: Actor, namespace: Namespace, order: FineTuneOrder) -> FineTune:
    """Order a fine-tune for a namespace; files with a fault give one that has failed.

    raises  FineTuneRefused, Forbidden, TokenScope, OverQuota, UntrustedJobs, Unauthenticated
    """
    check_change(actor, Need.CONTRIBUTE, namespace, None)
    if order.is_repeated and (known := _repeated(actor, namespace, order)):
        return fine_tune_for(actor, known.public_id)
    base = _base(actor, order.model)
    rows = rows_named(actor, order.training_file, order.validation_file)
    if fault := rows.fault():
        return _failed(actor, namespace, order, base, fault)
    recipe = recipe_of_files(order.method, rows.row_format, order.task)
    params = _params(recipe, order, model_facts(base.repo), rows)
    plan = Plan(recipe, params, base, rows.as_input(actor, namespace))
    public_id = new_fine_tune_id()
    with transaction.atomic():
        job = _order_job(actor, namespace, order, plan, public_id)
        FineTune.objects.create(
            public_id=public_id,
            job=job,
            name=tuned_name(base.address, namespace.name, order.suffix, public_id),
            seed=job.seed,
            **_facts(actor, namespace, order, base),
        )
    return fine_tune_for(actor, public_id)


def _repeated(actor: Actor, namespace: Namespace, order: FineTuneOrder) -> FineTune | None:
    """Return the fine-tune of the same request, sent a moment ago."""
    rows = FineTune.objects.filter(
        submitted_by=actor.user_id,
        namespace=namespace,
        request_digest=order.digest,
        created_at__gte=timezone.now() - REPEATED_WITHIN,
    )
    return rows.order_by("-id").first()


def _facts(actor: Actor, namespace: Namespace, order: FineTuneOrder, base: Base) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "submitted_by_id": actor.user_id,
        "model": order.model,
        "base": base.address,
        "training_file": order.training_file,
        "validation_file": order.validation_file,
        "suffix": order.suffix,
        "method": order.method,
        "hyperparameters": dict(order.hyperparameters),
        "metadata": dict(order.metadata),
        "request_digest": order.digest,
    }


def _failed(
    actor: Actor, namespace: Namespace, order: FineTuneOrder, base: Base, fault: FileFault
) -> FineTune:
    found = FineTune.objects.create(
        error=fault.as_error(), seed=order.seed or 0, **_facts(actor, namespace, order, base)
    )
    return fine_tune_for(actor, found.public_id)


def _base(actor: Actor, name: str) -> Base:
    """Return the model that a request names (raises FineTuneRefused)."""
    refused = FineTuneRefused(
        f"There is no model {name[:200]}, or you have no access to it.",
        param="model",
        reason="model_not_found",
    )
    try:
        found = named_model(actor, name)
    except ModelNameNotFound:
        raise refused from None
    if isinstance(found, FineTune):
        return _tuned_base(actor, found, name)
    try:
        return Base(found, git_of(found).resolve(name.partition("@")[2] or "HEAD"))
    except RevisionNotFound:
        raise refused from None


def _tuned_base(actor: Actor, found: FineTune, name: str) -> Base:
    """Return what a fine-tune has published, or a checkpoint of it (raises FineTuneRefused)."""
    made = model_named(found, name)
    repo = repo_of(made)
    if made is not None and repo is not None:
        check_may(actor, Need.READ, repo)
        return Base(repo, made.commit)
    step = split_checkpoint(name)[1]
    words = "This model has not been published, or was deleted."
    if step is not None and found.job is not None:
        words = (
            f"This checkpoint is not a model yet. Publish it first: "
            f"POST /api/v1/jobs/{found.job.pk}/checkpoints/{step}/publish."
        )
    raise FineTuneRefused(words, param="model", reason="model_not_found")


def _params(
    recipe: Recipe, order: FineTuneOrder, model: ModelFacts, rows: UploadedRows | DatasetRows
) -> dict[str, Any]:
    """Return all parameters of the recipe (raises FineTuneRefused)."""
    dataset = rows.facts()
    if reason := recipe.fits(model, dataset):
        raise FineTuneRefused(str(reason), param="model", reason="unsupported_model")
    named = {param.name for param in recipe.params}
    params = {
        **suggested_params(recipe, model, dataset),
        **{name: value for name, value in rows.params.items() if name in named},
        **params_of(recipe, order.method, order.hyperparameters, model, dataset),
    }
    try:
        clean_params(recipe, params, is_json=True)
    except ContractError as error:
        raise _refusal_of(error.errors, order.method) from None
    return params


def _order_job(actor: Actor, namespace: Namespace, order: FineTuneOrder, plan: Plan, public_id: str) -> Job:
    """Order the job; the name of its output gets an ending if it is taken (raises FineTuneRefused)."""
    for name, is_last in _output_names(namespace, order, plan, public_id[-KEY_CHARACTERS:]):
        try:
            return order_job(
                actor=actor,
                kind=JobKind.FINE_TUNE,
                recipe=plan.recipe.name,
                inputs={"model": InputRepo(plan.base.address, plan.base.commit), "dataset": plan.dataset},
                output=Output(name, order.is_private),
                params=plan.params,
                seed=secrets.randbelow(SEED_MOST) if order.seed is None else order.seed,
                is_public=False,
                device=order.device,
                max_seconds=order.max_seconds,
            )
        except InvalidOrder as refusal:
            fields = refusal.facts.get("fields", {})
            if is_last or set(fields) != {"output"}:
                raise _refusal_of(fields or {"": refusal.message}, order.method) from None
    raise AssertionError("The last name is taken or refused.")


def _output_names(
    namespace: Namespace, order: FineTuneOrder, plan: Plan, key: str
) -> Iterator[tuple[str, bool]]:
    """Yield names for the output, and whether it is the last."""
    if order.output:
        yield order.output, True
        return
    endings = (order.suffix, f"{order.suffix}-{key}") if order.suffix else (key, f"{key}-2")
    for ending in endings:
        yield f"{namespace.name}/{output_name(plan.base.address, ending)}", ending == endings[-1]


def _refusal_of(errors: Mapping[str, str], method: Method) -> FineTuneRefused:
    """Return the refusal of a job by the field of the request that it is about."""
    name, words = next(iter(errors.items()))
    shown = {own: ours for ours, own in OWN.items()} | {"epochs": "n_epochs"}
    if name in PLACES:
        param = PLACES[name]
    elif name.startswith("model"):
        param = "model"
    elif name.startswith("dataset"):
        param = "training_file"
    else:
        param = f"method.{method}.hyperparameters.{shown.get(name, name)}"
    return FineTuneRefused(str(words), param=param)
