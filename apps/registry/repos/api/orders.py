"""Ordering jobs on repositories."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import OAuthScope
from apps.core.doors import Door, door
from apps.core.rest_body import Body, Choice, Flag, Text, Whole, told_in
from apps.core.rest_schema import call
from apps.core.rest_view import actor_of
from apps.toolchain.jobs.api import JobList
from apps.toolchain.jobs.api.jobs import job_json
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.toolchain.jobs.models import KIND_CHOICES, Device

from ..services.launch import Output, Wanted, order_job


class Input(Body):
    address = Text(max_length=200, help_text="owner/name")
    revision = Text(
        max_length=255, required=False, default="", allow_blank=True, help_text="Default: the head."
    )


class OutputOfJob(Body):
    address = Text(max_length=200, help_text="owner/name of a repository that is not there yet.")
    is_private = Flag(required=False, allow_null=True, default=None)


class OrderSerializer(Body):
    """An order. Which inputs, output and params it takes stands in /api/v1/recipes."""

    kind = Choice(KIND_CHOICES)
    recipe = Text(max_length=80)
    inputs = serializers.DictField(child=Input())
    output = OutputOfJob(required=False, allow_null=True, default=None)
    params = serializers.DictField(required=False, default=dict)
    seed = Whole(required=False, allow_null=True, default=None, min_value=0, max_value=2**31 - 1)
    is_public = Flag(required=False, default=True)
    device = Choice(Device.choices, required=False, default="", allow_blank=True)


@door(Door.PUBLIC, POST=Door.SIGNED_IN, scopes=(OAuthScope.JOBS,))
class JobOrders(JobList):
    """Jobs that you may read, and ordering a new one."""

    @call("order_job", "jobs", JobSerializer, status=201, takes=OrderSerializer)
    def post(self, request: Request) -> Response:
        """Order a job on repositories that you may read. Which inputs, output and params it takes stands in /api/v1/recipes."""
        told = told_in(request, OrderSerializer)
        job = order_job(
            actor=actor_of(request),
            kind=told["kind"],
            recipe=told["recipe"],
            inputs={name: Wanted(**one) for name, one in told["inputs"].items()},
            output=Output(**told["output"]) if told["output"] else None,
            params=told["params"],
            seed=told["seed"],
            is_public=told["is_public"],
            device=told["device"],
        )
        return Response(job_json(job), status=201, headers={"Location": job.get_absolute_url()})
