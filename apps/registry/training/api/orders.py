"""REST API: submitting jobs on repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import (
    Body,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    validated,
)
from apps.core.rest.fields import NamedChoiceField, Resource
from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import ApiView, actor_of, created
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.api.shapes import FULL_NAME, FULL_NAME_LIMIT
from apps.toolchain.contracts import recipe_for
from apps.toolchain.jobs.api import JobList
from apps.toolchain.jobs.api.jobs import changed_job, job_json
from apps.toolchain.jobs.api.serializers import PRIORITIES, JobSerializer
from apps.toolchain.jobs.api.shapes import JOB_ID, KIND, DeviceEstimate, device_estimates
from apps.toolchain.jobs.errors import InvalidOrder
from apps.toolchain.jobs.models import Device, Job, RunsOn
from apps.toolchain.jobs.policies import JOB_WRITE
from apps.users.accounts.scopes import OAuthScope

from ..presenters.orders import estimate_order, estimates_of
from ..services.launch import InputRepo, Output, order_job, rename_output

BODY_FIELDS = ("kind", "recipe", "seed", "device", "max_seconds", "runs_on", "priority")
INPUT_PARTS = ("kind", "revision")


class RepoRef(Body):
    """A repository at a revision."""

    kind = StrictChoiceField(
        RepoKind.choices,
        required=False,
        allow_null=True,
        help_text="Must be the kind that the recipe takes, which is also the default.",
    )
    full_name = StrictCharField(max_length=FULL_NAME_LIMIT, help_text=FULL_NAME)
    revision = StrictCharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="A branch, tag or commit. Default: the default branch.",
    )


@with_example({"full_name": "owner/tuned", "is_private": False})
class JobOutputCreate(Body):
    """The repository that a job creates."""

    full_name = StrictCharField(
        max_length=FULL_NAME_LIMIT, help_text="owner/name, which no repository of its kind has yet."
    )
    is_private = StrictBooleanField(
        required=False,
        allow_null=True,
        help_text="Default: true if an input is private, otherwise the owner's setting.",
    )


@with_example(
    {
        "kind": "fine_tune",
        "recipe": "text-classification",
        "inputs": {
            "model": {"full_name": "owner/tiny-llama"},
            "dataset": {"kind": "dataset", "full_name": "owner/film-lines", "revision": "main"},
        },
        "output": {"full_name": "owner/tuned"},
        "params": {"text_column": "text", "label_column": "label"},
    }
)
class JobCreate(Body):
    """A job to run. See /api/v1/recipes for the inputs, output and params of each recipe."""

    kind = StrictCharField(max_length=40, help_text=KIND)
    recipe = StrictCharField(max_length=80, help_text="Name of a recipe of this kind.")
    inputs = serializers.DictField(
        child=RepoRef(), help_text="Repositories by the names of the recipe's inputs, such as model."
    )
    output = JobOutputCreate(
        required=False, allow_null=True, help_text="Required if the recipe creates a repository."
    )
    params = serializers.DictField(
        required=False, allow_null=True, help_text="Values by the names of the recipe's params."
    )
    seed = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=2**31 - 1,
        help_text="Of all random numbers. Default: a random one.",
    )
    is_public = StrictBooleanField(
        required=False,
        allow_null=True,
        help_text="Whether anyone can read the job. Default: true, if no input is private.",
    )
    device = NamedChoiceField(
        Device,
        empty="any",
        required=False,
        allow_null=True,
        help_text="What the job runs on. Default: any.",
    )
    runs_on = NamedChoiceField(
        RunsOn,
        empty="any",
        required=False,
        allow_null=True,
        help_text="Whose workers may run it: any, those of the site, or those of its owner, whose scores are "
        "self-reported. Default: site for an evaluation, otherwise any.",
    )
    priority = StrictChoiceField(
        list(PRIORITIES),
        required=False,
        allow_null=True,
        help_text="high is for administrators. Default: normal.",
    )
    max_seconds = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=60,
        max_value=10**8,
        help_text="Time allowed over all attempts; a training then publishes the best weights so far. "
        "Default: no cap besides the site's.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if "seed" in (data.get("params") or {}):
            raise serializers.ValidationError({"params": {"seed": ["Send it as the field seed."]}})
        return data


@requires(PUBLIC, POST=SIGNED_IN, scopes=(OAuthScope.JOBS,))
class JobOrders(JobList):
    """Jobs that you may see, and submitting new ones."""

    @operation("create_job", "jobs", JobSerializer, status=201, body=JobCreate)
    def post(self, request: Request) -> Response:
        """Submit a job on repositories that you may read.

        See /api/v1/recipes for the inputs, output and params of each recipe.
        """
        data = {name: one for name, one in validated(request, JobCreate).items() if one is not None}
        order: dict[str, Any] = {
            "actor": actor_of(request),
            "kind": data["kind"],
            "recipe": data["recipe"],
            "inputs": {name: input_of(one) for name, one in data["inputs"].items()},
            "params": data.get("params", {}),
            "device": data.get("device", ""),
        }
        try:
            job = order_job(
                **order,
                output=output_of(data["output"]) if "output" in data else None,
                seed=data.get("seed"),
                is_public=data.get("is_public", True),
                max_seconds=data.get("max_seconds"),
                runs_on=data.get("runs_on"),
                priority=PRIORITIES[data.get("priority", "normal")],
                estimates=estimates_of(**order),
            )
        except InvalidOrder as refusal:
            if "fields" in refusal.facts:
                refusal.facts["fields"] = fields_of(refusal.facts["fields"], data)
            raise
        return created(job_json(job), f"/api/v1/jobs/{job.pk}")


@with_example(
    {
        "kind": "fine_tune",
        "recipe": "text-classification",
        "inputs": {
            "model": {"full_name": "owner/tiny-llama"},
            "dataset": {"kind": "dataset", "full_name": "owner/film-lines"},
        },
        "params": {"epochs": 1},
    }
)
class JobEstimateCreate(Body):
    """A job to estimate."""

    kind = StrictCharField(max_length=40, help_text=KIND)
    recipe = StrictCharField(max_length=80, help_text="Name of a recipe of this kind.")
    inputs = serializers.DictField(
        child=RepoRef(), help_text="Repositories by the names of the recipe's inputs, such as model."
    )
    params = serializers.DictField(
        required=False, allow_null=True, help_text="Values by the names of the recipe's params."
    )
    device = NamedChoiceField(
        Device, empty="any", required=False, allow_null=True, help_text="Default: any, which is each kind."
    )


@with_example(
    {
        "resolved": {"learning_rate": 0.0001},
        "estimates": [
            {
                "device": "cpu",
                "steps": 63,
                "tokens": 280_000,
                "memory_bytes": 1_300_000_000,
                "disk_bytes": 730_000_000,
                "device_seconds_low": 95,
                "device_seconds_high": 460,
            }
        ],
    }
)
class JobEstimate(Resource):
    """What a job will take before it starts."""

    resolved = serializers.DictField(
        help_text="What the run will choose for params that are auto, as far as that is known."
    )
    estimates = DeviceEstimate(many=True, help_text="By device.")


@requires(SIGNED_IN, scopes=(OAuthScope.JOBS,))
class JobEstimates(ApiView):
    @operation("estimate_job", "jobs", JobEstimate, 404, body=JobEstimateCreate)
    def post(self, request: Request) -> Response:
        """Estimate what a job takes and what `auto` becomes; nothing is submitted."""
        data = {name: one for name, one in validated(request, JobEstimateCreate).items() if one is not None}
        try:
            found = estimate_order(
                actor=actor_of(request),
                kind=data["kind"],
                recipe=data["recipe"],
                inputs={name: input_of(one) for name, one in data["inputs"].items()},
                params=data.get("params", {}),
                device=data.get("device", ""),
            )
        except InvalidOrder as refusal:
            if "fields" in refusal.facts:
                refusal.facts["fields"] = fields_of(refusal.facts["fields"], data)
            raise
        facts = {name: one.to_json() for name, one in found.estimates.items()}
        shown = {"resolved": found.resolved, "estimates": device_estimates(facts)}
        return Response(JobEstimate(shown).data)


@requires(JOB_WRITE, scopes=(OAuthScope.JOBS,))
class JobOutputView(ApiView):
    @operation("update_job_output", "jobs", JobSerializer, 404, 409, body=JobOutputCreate, params=[JOB_ID])
    def put(self, request: Request, job: Job) -> Response:
        """Name another repository for a failed or cancelled job, such as after `output_refused`.

        It must belong to the same owner. Then retry the job: what it has trained is kept.
        """
        output = output_of(validated(request, JobOutputCreate))
        try:
            changed = rename_output(actor=actor_of(request), job_id=job.pk, output=output)
        except InvalidOrder as refusal:
            words = refusal.facts["fields"].get("output", refusal.words)
            raise InvalidOrder(fields={"full_name": [words]}) from None
        return changed_job(changed)


def input_of(data: dict[str, Any]) -> InputRepo:
    return InputRepo(data["full_name"], data.get("revision") or "", data.get("kind") or "")


def output_of(data: dict[str, Any]) -> Output:
    return Output(data["full_name"], data.get("is_private"))


def fields_of(errors: Mapping[str, str], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the errors of a job by the fields of the body, nested as these are."""
    fields: dict[str, Any] = {}
    for name, words in errors.items():
        *above, last = _path_of(name, data)
        place = fields
        for part in above:
            place = place.setdefault(part, {})
        place[last] = [words]
    return fields


def _path_of(name: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the path of a field in the body; inputs and params have their own names in errors."""
    if name == "output":
        return ("output", "full_name") if name in data else ("output",)
    if name in BODY_FIELDS:
        return (name,)
    given, _underscore, part = name.rpartition("_")
    if given in data["inputs"] and part in INPUT_PARTS:
        return "inputs", given, part
    if name in data["inputs"]:
        return "inputs", name, "full_name"
    recipe = recipe_for(data["kind"], data["recipe"])
    return ("inputs" if name in [one.name for one in recipe.inputs] else "params"), name
