"""Setting up benchmarks, and submitting models to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.audit.services import record
from apps.core.errors import Forbidden, Unauthenticated, ValidationFailed
from apps.registry.repos.access import may, repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.training.services.launch import InputRepo, pin_repo, recipe_of
from apps.toolchain.contracts import ContractError, JobKind, PinnedRepo, Recipe, clean_params
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.services import submit_job
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import User

from .audit import BenchmarkAction
from .errors import BenchmarkClosed, ModelNotPublic, NoBenchmark, TooManySubmissions
from .models import Benchmark, Submission

DAY = timedelta(hours=24)
SEED = 42
# an evaluation on hidden data keeps no samples, since they tell what is right
HIDDEN_PARAMS = {"keep_samples": False}


@transaction.atomic
def set_benchmark(
    *,
    actor: Actor,
    address: Address,
    test_dataset: str = "",
    recipe: str,
    params: Mapping[str, Any],
    metric: str,
    daily_limit: int = 5,
) -> Benchmark:
    """Make a public dataset a benchmark, or change what it is scored on; the data are pinned anew.

    test_dataset  `owner/name` of the dataset with the test split, "" for the benchmark itself
    params        of the recipe, such as split and columns
    raises        RepoNotFound, Forbidden, ValidationFailed, InvalidOrder
    """
    repo = repo_for(actor, address, Need.ADMIN)
    if actor.kind is not ActorKind.PERSON and actor.kind is not ActorKind.TOKEN:
        raise Forbidden
    if repo.kind != RepoKind.DATASET or repo.is_private:
        raise ValidationFailed(_("Only a public dataset can be a benchmark."))
    found = recipe_of(JobKind.EVALUATE, recipe)
    source = _data_of(actor, repo, test_dataset)
    hidden = HIDDEN_PARAMS if source.is_private and _has_param(found, "keep_samples") else {}
    facts = {
        "data": source,
        "data_commit": git_of(source).resolve("HEAD"),
        "recipe": found.name,
        "params": _cleaned(found, {**params, **hidden, "seed": SEED}),
        "metric": _metric_of(found, metric),
        "created_by_id": actor.user_id,
        "daily_limit": daily_limit,
    }
    benchmark = Benchmark.objects.update_or_create(repo=repo, defaults=facts)[0]
    record(actor, BenchmarkAction.SET, repo.pk, metric=metric)
    return benchmark


def _data_of(actor: Actor, repo: Repo, name: str) -> Repo:
    """Return the dataset with the test split, which the actor must own to let others be scored on it."""
    if not name.strip():
        return repo
    try:
        address = Address.of_kind(RepoKind.DATASET, name.strip())
    except ValueError:
        raise ValidationFailed(fields={"test_dataset": _("Use the form owner/name.")}) from None
    return repo_for(actor, address, Need.ADMIN)


def _has_param(recipe: Recipe, name: str) -> bool:
    return any(param.name == name for param in recipe.params)


def _cleaned(recipe: Recipe, params: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return clean_params(recipe, params, is_json=True)
    except ContractError as error:
        raise ValidationFailed(
            fields={f"params.{name}": words for name, words in error.errors.items()}
        ) from None


def _metric_of(recipe: Recipe, name: str) -> str:
    if name not in [one.name for one in recipe.metrics]:
        raise ValidationFailed(fields={"metric": _("The recipe has no such metric.")})
    return name


@transaction.atomic
def remove_benchmark(*, actor: Actor, address: Address) -> None:
    """Remove the leaderboard of a dataset; the evaluations and their receipts stay.

    raises  RepoNotFound, Forbidden, NoBenchmark
    """
    repo = repo_for(actor, address, Need.ADMIN)
    if not Benchmark.objects.filter(repo=repo).delete()[0]:
        raise NoBenchmark
    record(actor, BenchmarkAction.REMOVED, repo.pk)


@transaction.atomic
def submit_model(*, actor: Actor, address: Address, model: InputRepo) -> Job:
    """Have a public model scored on a benchmark; the evaluation runs as the benchmark's creator.

    raises  RepoNotFound, NoBenchmark, ModelNotPublic, TooManySubmissions, BenchmarkClosed, InvalidOrder,
            Unauthenticated, Forbidden, OverQuota
    """
    if actor.user_id is None:
        raise Unauthenticated
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        raise Forbidden
    benchmark = benchmark_of(repo_for(actor, address, Need.SEE))
    # submissions of one person take turns, so that they cannot exceed the limit together
    User.objects.select_for_update().get(pk=actor.user_id)
    since = timezone.now() - DAY
    used = benchmark.submissions.filter(submitted_by=actor.user_id, created_at__gte=since).count()
    if used >= benchmark.daily_limit:
        raise TooManySubmissions(limit=benchmark.daily_limit)
    creator = actor_for_user(benchmark.created_by)
    if benchmark.data.deleted_at is not None or not may(creator, Need.READ, benchmark.data):
        raise BenchmarkClosed
    repo, pin = pin_repo(actor, RepoKind.MODEL, model)
    if repo.is_private or repo.gating:
        raise ModelNotPublic
    job = submit_job(
        actor=creator,
        kind=JobKind.EVALUATE,
        recipe=benchmark.recipe,
        inputs={"model": pin, "dataset": _pinned_data(benchmark)},
        params={name: value for name, value in benchmark.params.items() if name != "seed"},
        seed=SEED,
        is_site_only=True,
    )
    Submission.objects.create(
        benchmark=benchmark, job=job, model=repo, model_commit=pin.commit, submitted_by_id=actor.user_id
    )
    record(actor, BenchmarkAction.SUBMITTED, benchmark.repo_id, model=str(repo.address))
    return job


def benchmark_of(repo: Repo) -> Benchmark:
    """Return the benchmark of a dataset (raises NoBenchmark)."""
    related = Benchmark.objects.select_related("data__namespace", "repo__namespace", "created_by__namespace")
    benchmark = related.filter(repo=repo).first()
    if benchmark is None:
        raise NoBenchmark
    return benchmark


def _pinned_data(benchmark: Benchmark) -> PinnedRepo:
    data = benchmark.data
    return PinnedRepo(RepoKind.DATASET.value, data.address.id, benchmark.data_commit, str(data.pk))
