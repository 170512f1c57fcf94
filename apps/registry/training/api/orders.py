"""REST API: submitting jobs on repositories."""

from __future__ import annotations

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
from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import actor_of
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.toolchain.jobs.api import JobList
from apps.toolchain.jobs.api.jobs import job_json
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.toolchain.jobs.models import KIND_CHOICES, Device
from apps.users.accounts.scopes import OAuthScope

from ..services.launch import Output, RepoRef, order_job


class Input(Body):
    address = StrictCharField(max_length=200, help_text="owner/name")
    revision = StrictCharField(
        max_length=255, required=False, default="", allow_blank=True, help_text="Default: the default branch."
    )


class OutputOfJob(Body):
    address = StrictCharField(max_length=200, help_text="owner/name of the repository to create.")
    is_private = StrictBooleanField(required=False, allow_null=True, default=None)


@with_example(
    {
        "kind": "fine_tune",
        "recipe": "text-classification",
        "inputs": {
            "model": {"address": "owner/tiny-llama"},
            "dataset": {"address": "owner/film-lines", "revision": "main"},
        },
        "output": {"address": "owner/tuned"},
        "params": {"text_column": "text", "label_column": "label"},
    }
)
class OrderSerializer(Body):
    """A job to run. See /api/v1/recipes for the inputs, output and params of each recipe."""

    kind = StrictChoiceField(KIND_CHOICES)
    recipe = StrictCharField(max_length=80)
    inputs = serializers.DictField(child=Input())
    output = OutputOfJob(required=False, allow_null=True, default=None)
    params = serializers.DictField(required=False, default=dict)
    seed = StrictIntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=2**31 - 1)
    is_public = StrictBooleanField(required=False, default=True)
    device = StrictChoiceField(Device.choices, required=False, default="", allow_blank=True)


@requires(PUBLIC, POST=SIGNED_IN, scopes=(OAuthScope.JOBS,))
class JobOrders(JobList):
    """Jobs that you may see, and submitting new ones."""

    @operation("order_job", "jobs", JobSerializer, status=201, body=OrderSerializer)
    def post(self, request: Request) -> Response:
        """Submit a job on repositories that you may read.

        See /api/v1/recipes for the inputs, output and params of each recipe.
        """
        data = validated(request, OrderSerializer)
        job = order_job(
            actor=actor_of(request),
            kind=data["kind"],
            recipe=data["recipe"],
            inputs={name: RepoRef(**one) for name, one in data["inputs"].items()},
            output=Output(**data["output"]) if data["output"] else None,
            params=data["params"],
            seed=data["seed"],
            is_public=data["is_public"],
            device=data["device"],
        )
        return Response(job_json(job), status=201, headers={"Location": job.get_absolute_url()})
