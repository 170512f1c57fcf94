"""Submitting jobs that read and create repositories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.errors import Refusal
from apps.registry.repos.access import namespace_for, repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import NameTaken, RepoHidden, RevisionNotFound
from apps.registry.repos.models import Gating, Repo
from apps.registry.repos.names import check_repo_name
from apps.registry.repos.selectors.files import git_of
from apps.toolchain.contracts import ContractError, Estimate, OutputRepo, PinnedRepo, Recipe, recipe_for
from apps.toolchain.jobs.access import job_for
from apps.toolchain.jobs.errors import InvalidOrder
from apps.toolchain.jobs.models import Direction, Job, Priority, RunsOn
from apps.toolchain.jobs.services import change_output, submit_job


@dataclass(frozen=True, slots=True)
class InputRepo:
    """A repository as a person writes it: `owner/name`.

    revision  the default branch if empty
    kind      that of the recipe's input if empty
    """

    address: str
    revision: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """Where the result goes: `owner/name` of a repository to create.

    is_private  None makes it private if an input is private, otherwise as the namespace's default
    """

    address: str
    is_private: bool | None = None


@transaction.atomic
def order_job(
    *,
    actor: Actor,
    kind: str,
    recipe: str,
    inputs: Mapping[str, InputRepo],
    output: Output | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int | None = None,
    is_public: bool = True,
    device: str = "",
    max_seconds: int | None = None,
    runs_on: str | None = None,
    priority: int = Priority.NORMAL,
    estimates: Mapping[str, Estimate] | None = None,
) -> Job:
    """Submit a job on repositories at their current commits.

    inputs     by the recipe's names (`model`, `dataset`); the actor needs read access
    output     the actor must be allowed to create repositories in its namespace
    runs_on    whose workers; None for the site's where a result is signed, else any
    estimates  what the person was told that it takes, by device
    raises     InvalidOrder with a sentence for each field (of an input also `model_kind`, `model_revision`),
               Unauthenticated, Forbidden, OverQuota
    """
    found = recipe_of(kind, recipe)
    repos, errors = _pinned_inputs(actor, found, inputs)
    hidden = [name for name, (repo, _pin) in repos.items() if repo.is_private]
    place = _output(actor, found, output, is_hidden=bool(hidden), errors=errors) if output else None
    if errors:
        raise InvalidOrder(fields=errors)
    return submit_job(
        actor=actor,
        kind=kind,
        recipe=recipe,
        inputs={name: pin for name, (_repo, pin) in repos.items()},
        output=place,
        params=params,
        seed=seed,
        is_public=is_public,
        private_inputs=hidden,
        device=device,
        max_seconds=max_seconds,
        estimates={name: one.to_json() for name, one in (estimates or {}).items()},
        runs_on=default_place(found) if runs_on is None else runs_on,
        priority=priority,
        is_site_only=_reads_gated(repos, place, actor),
    )


def _reads_gated(
    repos: Mapping[str, tuple[Repo, PinnedRepo]], output: OutputRepo | None, actor: Actor
) -> bool:
    """Return whether an input was granted to the actor alone, so that no machine of others may read it."""
    owner = output.address.partition("/")[0] if output else actor.name
    return any(
        repo.gating != Gating.NONE and repo.namespace.key != owner.casefold() for repo, _pin in repos.values()
    )


@transaction.atomic
def rename_output(*, actor: Actor, job_id: UUID, output: Output) -> Job:
    """Name another repository for a job that has ended without its output, which a retry then creates.

    raises  JobNotFound, JobAlreadyFinished, OutputTaken, InvalidOrder, Forbidden, Unauthenticated
    """
    job = job_for(actor, job_id, Need.WRITE)
    is_hidden = job.lineage.filter(direction=Direction.INPUT, is_public=False).exists()
    errors: dict[str, str] = {}
    place = _output(actor, recipe_of(job.kind, job.recipe), output, is_hidden=is_hidden, errors=errors)
    if place is None or errors:
        raise InvalidOrder(fields=errors)
    return change_output(actor=actor, job_id=job_id, output=place)


def open_inputs(
    actor: Actor, recipe: Recipe, inputs: Mapping[str, InputRepo]
) -> dict[str, tuple[Repo, PinnedRepo]]:
    """Return the repositories of an order at their commits, by the names of the recipe.

    raises  InvalidOrder with a sentence for each field, Unauthenticated
    """
    repos, errors = _pinned_inputs(actor, recipe, inputs)
    places = {place.name: place for place in recipe.inputs}
    errors |= {name: _("This recipe has no such input.") for name in repos if name not in places}
    errors |= {
        name: _("This field is required.")
        for name, place in places.items()
        if not place.is_optional and name not in repos and name not in errors
    }
    if errors:
        raise InvalidOrder(fields=errors)
    return repos


def _pinned_inputs(
    actor: Actor, recipe: Recipe, inputs: Mapping[str, InputRepo]
) -> tuple[dict[str, tuple[Repo, PinnedRepo]], dict[str, str]]:
    """Return the inputs that could be opened, and a sentence for each field of the others.

    raises  Unauthenticated
    """
    kinds = {place.name: RepoKind(place.kind) for place in recipe.inputs}
    repos: dict[str, tuple[Repo, PinnedRepo]] = {}
    errors: dict[str, str] = {}
    for name, wanted in inputs.items():
        kind_of_input = kinds.get(name, RepoKind.MODEL)
        if wanted.kind and wanted.kind != kind_of_input:
            errors[f"{name}_kind"] = _("This input is a %(kind)s.") % {"kind": kind_of_input.value}
            continue
        try:
            repos[name] = pin_repo(actor, kind_of_input, wanted)
        except RepoHidden:
            raise
        except RevisionNotFound as refusal:
            errors[f"{name}_revision"] = refusal.words
        except Refusal as refusal:
            errors[name] = refusal.words
    return repos, errors


def recipe_of(kind: str, name: str) -> Recipe:
    """Return a recipe (raises InvalidOrder)."""
    try:
        return recipe_for(kind, name)
    except ContractError as error:
        raise InvalidOrder(fields=error.errors) from None


def default_place(recipe: Recipe) -> str:
    """Return whose workers run an order that does not say: the site's, if its result is to be signed."""
    return RunsOn.SITE if recipe.signed_result else RunsOn.ANY


def _address(kind: RepoKind, text: str) -> Address:
    try:
        return Address.of_kind(kind, text.strip())
    except ValueError:
        raise InvalidOrder(_("Use the form owner/name.")) from None


def pin_repo(actor: Actor, kind: RepoKind, wanted: InputRepo) -> tuple[Repo, PinnedRepo]:
    repo = repo_for(actor, _address(kind, wanted.address))
    commit = git_of(repo).resolve(wanted.revision or "HEAD")
    return repo, PinnedRepo(kind.value, repo.address.id, commit, str(repo.id))


def _output(
    actor: Actor, recipe: Recipe, output: Output, *, is_hidden: bool, errors: dict[str, str]
) -> OutputRepo | None:
    """Return the repository to create; problems with its name go into `errors`.

    raises  Forbidden, Unauthenticated
    """
    try:
        address = _address(RepoKind(recipe.output_kind or RepoKind.MODEL), output.address)
        check_repo_name(address.name)
    except Refusal as refusal:
        errors["output"] = refusal.words
        return None
    namespace = namespace_for(actor, address.namespace, Need.CONTRIBUTE, address)
    is_taken = Repo.objects.filter(
        kind=address.kind, namespace=namespace, key=address.name.casefold(), deleted_at=None
    ).exists()
    if is_taken:
        errors["output"] = NameTaken(_("A repository with this name already exists.")).words
    private = (
        (is_hidden or namespace.is_private_by_default) if output.is_private is None else output.is_private
    )
    return OutputRepo(address.kind.value, f"{namespace.name}/{address.name}", private)
