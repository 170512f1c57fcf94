"""Submitting a job."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.business.usage.services import check_limit
from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.core.errors import Unauthenticated
from apps.toolchain.contracts import (
    ContractError,
    EventKind,
    OutputRepo,
    PinnedRepo,
    Recipe,
    clean_params,
    format_message,
    recipe_for,
)
from apps.users.accounts.models import Namespace, User

from ..access import is_staff_actor, namespace_of
from ..audit import JobAction
from ..errors import InvalidOrder
from ..models import Device, Direction, Job, JobState, Lineage, Priority, RunsOn
from .active_jobs import check_active_jobs
from .isolation import check_trust
from .moves import enqueue_job, meter_for_device, record_event
from .outputs import is_output_free

COMMIT_FORM = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MIN_SECONDS, MAX_SECONDS = 60, 10**8
ADDRESS_FORM = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


@transaction.atomic
def submit_job(
    *,
    actor: Actor,
    kind: str,
    recipe: str,
    inputs: Mapping[str, PinnedRepo],
    output: OutputRepo | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int | None = None,
    is_public: bool = True,
    private_inputs: Collection[str] = (),
    device: str = "",
    max_seconds: int | None = None,
    estimates: Mapping[str, Any] | None = None,
    runs_on: str = "",
    priority: int = Priority.NORMAL,
    is_site_only: bool = False,
) -> Job:
    """Submit a job; the caller has checked access to the inputs and to the output's name.

    params          parameters with the types of JSON, checked here
    seed            overrides a seed among the params
    is_public       whether the job may be visible to everybody, which also requires public repositories
    private_inputs  names of private inputs
    device          "" for any, "cpu" or "gpu"
    max_seconds     time allowed over all attempts, at least MIN_SECONDS; a training publishes its best then
    estimates       what it will probably take, by device, as it was shown before
    runs_on         "" for any, "site" or "own": whose workers may run it
    priority        only administrators may raise it
    is_site_only    whether it reads what only the site's workers may see
    raises          InvalidOrder, Forbidden, UntrustedJobs, OverQuota
    """
    order = _check_recipe(kind, recipe, inputs, output, device)
    _check_place(actor, runs_on, priority, is_site_only=is_site_only)
    if max_seconds is not None and not MIN_SECONDS <= max_seconds <= MAX_SECONDS:
        words = format_message(
            gettext_noop("Must be between %(low)s and %(high)s."), low=MIN_SECONDS, high=MAX_SECONDS
        )
        raise InvalidOrder(fields={"max_seconds": words})
    given = {**(params or {}), **({} if seed is None else {"seed": seed})}
    cleaned = _clean_params(order, given, inputs)
    _check_device(order, cleaned, device)
    namespace = _namespace(actor, inputs, output)
    user = _lock_user_within_limits(actor, namespace, device)
    if output is not None and not is_output_free(output):
        raise InvalidOrder(fields={"output": gettext_noop("Another job is about to create this repository.")})
    is_private = bool(private_inputs) or (output is not None and output.is_private)
    expected: Mapping[str, Any] = (estimates or {}).get(device) or next(iter((estimates or {}).values()), {})
    job = Job.objects.create(
        kind=kind,
        recipe=recipe,
        namespace=namespace,
        submitted_by=user,
        inputs={name: repo.to_json() for name, repo in inputs.items()},
        output=output.to_json() if output else None,
        params=cleaned,
        seed=cleaned["seed"],
        device=device,
        runs_on=runs_on,
        priority=priority,
        is_site_only=is_site_only,
        memory_bytes=expected.get("memory_bytes"),
        disk_bytes=expected.get("disk_bytes"),
        max_seconds=max_seconds,
        estimates=dict(estimates or {}),
        is_public=is_public,
        is_open=is_public and not is_private,
    )
    _record_inputs(job, private_inputs)
    record_event(job, EventKind.STATE, {"state": JobState.QUEUED.value})
    job.save(update_fields=["event_count"])
    enqueue_job(job)
    record(actor, JobAction.SUBMITTED, job.pk, kind=kind, recipe=recipe)
    return job


def _check_recipe(
    kind: str, name: str, inputs: Mapping[str, PinnedRepo], output: OutputRepo | None, device: str
) -> Recipe:
    """Return the recipe, checked against inputs, output and device.

    raises  InvalidOrder with a message for each field
    """
    try:
        recipe = recipe_for(kind, name)
    except ContractError as error:
        raise InvalidOrder(fields=error.errors) from None
    errors = _input_errors(recipe, inputs)
    if output is not None and not ADDRESS_FORM.fullmatch(output.address):
        errors["output"] = gettext_noop("Must be owner/name.")
    if (output.kind if output else "") != recipe.output_kind:
        errors["output"] = (
            format_message(
                gettext_noop("This recipe creates a %(kind)s. Enter its name."), kind=recipe.output_kind
            )
            if recipe.output_kind
            else gettext_noop("This recipe does not create a repository.")
        )
    if device not in Device.values:
        errors["device"] = gettext_noop("Must be cpu, gpu or empty.")
    if errors:
        raise InvalidOrder(fields=errors)
    return recipe


def _check_place(actor: Actor, runs_on: str, priority: int, *, is_site_only: bool) -> None:
    """Check where and when a job may run.

    raises  InvalidOrder
    """
    if runs_on not in RunsOn.values:
        raise InvalidOrder(fields={"runs_on": gettext_noop("Must be site, own or empty.")})
    if is_site_only and runs_on == RunsOn.OWN:
        words = gettext_noop("It reads what only this site's workers may see.")
        raise InvalidOrder(fields={"runs_on": words})
    if priority > Priority.NORMAL and not is_staff_actor(actor, Need.WRITE):
        raise InvalidOrder(fields={"priority": gettext_noop("Only administrators may raise it.")})


def _input_errors(recipe: Recipe, inputs: Mapping[str, PinnedRepo]) -> dict[str, str]:
    wanted = {place.name: place.kind for place in recipe.inputs}
    optional = {place.name for place in recipe.inputs if place.is_optional}
    errors = {name: gettext_noop("This recipe has no such input.") for name in inputs if name not in wanted}
    for name, kind in wanted.items():
        repo = inputs.get(name)
        if repo is None and name in optional:
            continue
        if repo is None:
            errors[name] = gettext_noop("This field is required.")
        elif (
            repo.kind != kind
            or not COMMIT_FORM.fullmatch(repo.commit)
            or not ADDRESS_FORM.fullmatch(repo.address)
        ):
            errors[name] = format_message(gettext_noop("Must be a %(kind)s at a full commit."), kind=kind)
        elif repo.key and not _is_uuid(repo.key):
            errors[name] = gettext_noop("The repository's id is not valid.")
    return errors


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _clean_params(recipe: Recipe, params: Mapping[str, Any], inputs: Collection[str]) -> dict[str, Any]:
    try:
        cleaned = clean_params(recipe, params, is_json=True)
        if errors := recipe.check_inputs(cleaned, inputs):
            raise ContractError(errors)
    except ContractError as error:
        raise InvalidOrder(_("Some settings of the job are not valid."), fields=error.errors) from None
    if settings.JOB_STEPS_LIMIT and cleaned.get("max_steps", 0) > settings.JOB_STEPS_LIMIT:
        words = format_message(
            gettext_noop("Must be at most %(limit)s on this site."), limit=settings.JOB_STEPS_LIMIT
        )
        raise InvalidOrder(_("Some settings of the job are not valid."), fields={"max_steps": words})
    return cleaned


def _check_device(recipe: Recipe, params: Mapping[str, Any], device: str) -> None:
    """Refuse what only a GPU can do, unless the job asks for one (raises InvalidOrder)."""
    if device == Device.GPU:
        return
    wrong = [param.name for param in recipe.params if params.get(param.name) in param.gpu_only]
    if wrong:
        words = gettext_noop("Only on a GPU: choose GPU as the hardware.")
        raise InvalidOrder(_("Some settings of the job are not valid."), fields=dict.fromkeys(wrong, words))


def _namespace(actor: Actor, inputs: Mapping[str, PinnedRepo], output: OutputRepo | None) -> Namespace:
    """Return the job's namespace: the output's owner, else the model's if writable, else the actor's."""
    if output is not None:
        return namespace_of(actor, output.address.split("/")[0], f"{output.kind}:{output.address}".casefold())
    owner = next(iter(inputs.values())).address.split("/")[0]
    found = Namespace.objects.filter(key=owner.casefold()).first()
    may_add = found is not None and actor.can(Need.CONTRIBUTE, found.pk, f"namespace:{found.key}")
    return namespace_of(actor, owner if may_add else actor.name)


def _lock_user_within_limits(actor: Actor, namespace: Namespace, device: str) -> User:
    """Lock the user's row, so that concurrent submissions cannot exceed a limit together.

    raises  OverQuota, UntrustedJobs
    """
    if actor.user_id is None:
        raise Unauthenticated
    user = User.objects.select_for_update().get(pk=actor.user_id)
    check_trust(user)
    check_active_jobs(namespace.pk, user)
    check_limit(namespace.pk, meter_for_device(device), 1)
    return user


def _record_inputs(job: Job, private_inputs: Collection[str]) -> None:
    rows = [
        Lineage(
            job=job,
            direction=Direction.INPUT,
            name=name,
            kind=repo.kind,
            address=repo.address,
            repo_key=UUID(repo.key) if repo.key else None,
            commit=repo.commit,
            is_public=name not in private_inputs,
        )
        for name, repo in job.pins.items()
    ]
    Lineage.objects.bulk_create(rows)
