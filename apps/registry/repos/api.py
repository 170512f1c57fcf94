"""The REST API of repositories, and ordering jobs on them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.doors import Door, door
from apps.core.errors import BadRequest, NotFound
from apps.toolchain.jobs.api import JobList
from apps.toolchain.jobs.api.bodies import json_body
from apps.toolchain.jobs.api.jobs import actor_of, job_json, limit_of
from apps.toolchain.jobs.api.schema import CURSOR, LIMIT, answers
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.toolchain.jobs.models import Device, JobKind

from .access import repo_for
from .addresses import Address, RepoKind
from .models import Repo
from .selectors import ORDERS, Filters, list_repos, search_words
from .services.launch import Output, Wanted, order_job

ORDER_LIMIT_BYTES = 256 * 1024
WORDS = ("author", "task", "library", "licence", "language", "base_model", "dataset")


class RepoSerializer(serializers.ModelSerializer):
    """A repository. Sizes are bytes, times ISO 8601 in UTC; what is derived is of the default branch."""

    namespace = serializers.CharField(source="namespace.name")
    address = serializers.CharField(help_text="owner/name, with datasets/ in front of a dataset's.")
    url = serializers.CharField(source="get_absolute_url", help_text="Its page.")
    languages = serializers.ListField(child=serializers.CharField())
    base_models = serializers.ListField(child=serializers.CharField())
    datasets = serializers.ListField(child=serializers.CharField())
    tags = serializers.SerializerMethodField()

    class Meta:
        model = Repo
        fields: tuple[str, ...] = (
            *("id", "kind", "namespace", "name", "address", "url", "is_private", "default_branch", "head", "title", "description"),
            *("task", "library", "licence", "languages", "base_models", "datasets", "tags", "parameters", "parameters_by_dtype"),
            *("size_bytes", "file_count", "downloads", "likes", "created_at", "updated_at"),
        )

    def get_tags(self, repo: Repo) -> list[str]:
        return [row.tag for row in repo.tag_rows.all()]


class RepoDetailSerializer(RepoSerializer):
    class Meta(RepoSerializer.Meta):
        fields = (*RepoSerializer.Meta.fields, "card", "config")


class RepoPage(serializers.Serializer):
    items = RepoSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def plain(text: str) -> str:
    """raises  BadRequest for text that no database keeps"""
    if "\0" in text:
        raise BadRequest("A value holds a character that no text may hold.")
    return text


@door(Door.PUBLIC)
class RepoList(APIView):
    @extend_schema(
        operation_id="list_repos",
        tags=["repos"],
        parameters=[
            OpenApiParameter("kind", str, enum=RepoKind.values, description="Default: model."),
            OpenApiParameter("search", str, description="Words that the address must contain."),
            OpenApiParameter("tag", str, many=True, description="All must be there."),
            *[OpenApiParameter(word, str) for word in WORDS],
            OpenApiParameter("order", str, enum=list(ORDERS), description="Default: updated."),
            CURSOR,
            LIMIT,
        ],
        responses=answers({200: RepoPage}, 400, 401),
    )
    def get(self, request: Request) -> Response:
        """List repositories that you may read."""
        words = request.query_params
        kind = words.get("kind", RepoKind.MODEL.value)
        if kind not in RepoKind.values:
            raise BadRequest(f"kind must be one of {', '.join(RepoKind.values)}.")
        exact: dict[str, Any] = {word: plain(words.get(word, "")) for word in WORDS}
        tags = tuple(plain(tag) for tag in words.getlist("tag"))
        filters = Filters(search=search_words(words.get("search", "")), tags=tags, **exact)
        order, limit = words.get("order", "updated"), limit_of(request)
        page = list_repos(actor_of(request), RepoKind(kind), filters, order=order, cursor=words.get("cursor"), limit=limit)
        return Response({"items": RepoSerializer(page.items, many=True).data, "next_cursor": page.next_cursor})


@door(Door.REPO_READ)
class RepoDetail(APIView):
    @extend_schema(
        operation_id="get_repo",
        tags=["repos"],
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=RepoKind.values)],
        responses=answers({200: RepoDetailSerializer}, 401, 404),
    )
    def get(self, request: Request, kind: str, namespace: str, name: str) -> Response:
        """Read one repository; a former address leads to it too."""
        if kind not in RepoKind.values:
            raise NotFound("There is no such kind of repository.")
        repo = repo_for(actor_of(request), Address(RepoKind(kind), namespace, name))
        return Response(RepoDetailSerializer(repo).data)


class InputSerializer(serializers.Serializer):
    address = serializers.CharField(max_length=200, help_text="owner/name")
    revision = serializers.CharField(max_length=255, required=False, default="", allow_blank=True, help_text="Default: the head.")


class OutputSerializer(serializers.Serializer):
    address = serializers.CharField(max_length=200, help_text="owner/name of a repository that is not there yet.")
    is_private = serializers.BooleanField(required=False, allow_null=True, default=None)


class OrderSerializer(serializers.Serializer):
    """An order. Which inputs, output and params it takes stands in /api/v1/recipes."""

    kind = serializers.ChoiceField(JobKind.choices)
    recipe = serializers.CharField(max_length=80)
    inputs = serializers.DictField(child=InputSerializer())
    output = OutputSerializer(required=False, allow_null=True, default=None)
    params = serializers.DictField(required=False, default=dict)
    seed = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=2**31 - 1)
    is_public = serializers.BooleanField(required=False, default=True)
    device = serializers.ChoiceField(Device.choices, required=False, default="", allow_blank=True)


@door(Door.PUBLIC)
class JobOrders(JobList):
    """Jobs that you may read, and ordering a new one."""

    @extend_schema(
        operation_id="order_job",
        tags=["jobs"],
        request=OrderSerializer,
        responses=answers({201: JobSerializer}, 400, 401, 403, 422),
    )
    def post(self, request: Request) -> Response:
        """Order a job on repositories that you may read."""
        form = OrderSerializer(data=json_body(request._request, limit=ORDER_LIMIT_BYTES))
        form.is_valid(raise_exception=True)
        told = form.validated_data
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
