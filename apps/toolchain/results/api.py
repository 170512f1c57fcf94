"""REST API of what the page of a job draws."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidCursor
from apps.core.rest.body import query_str
from apps.core.rest.fields import Resource
from apps.core.rest.schema import CURSOR, LIMIT, operation, page_of, with_example
from apps.core.rest.unions import discriminated
from apps.core.rest.view import ApiView, limit_of, page_json
from apps.core.web.pagination import decode_cursor, encode_cursor
from apps.core.web.policies import requires
from apps.toolchain.jobs.api.shapes import JOB_ID
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.policies import JOB_DATA

CELLS = serializers.ListField(
    child=serializers.ListField(child=serializers.JSONField()),
    help_text="A text, number, truth value or null for each column.",
)


class _View(Resource):
    """A view with a title."""

    title = serializers.CharField(help_text="For people.")


@with_example({"type": "confusion", "labels": ["bad", "good"], "counts": [[45, 5], [4, 46]]})
class ConfusionView(Resource):
    """Counts by true class and predicted class."""

    type = serializers.ChoiceField(["confusion"])
    labels = serializers.ListField(child=serializers.CharField(), help_text="The classes, in order.")
    counts = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Rows are true classes, columns are predictions.",
    )


@with_example({"type": "table", "title": "Rows removed", "head": ["Reason", "Rows"], "rows": [["empty", 3]]})
class TableView(_View):
    """Rows of short texts and numbers."""

    type = serializers.ChoiceField(["table"])
    head = serializers.ListField(child=serializers.CharField(), help_text="Heads of the columns.")
    rows = CELLS


@with_example(
    {"type": "samples", "title": "Answers", "columns": ["Prompt", "Answer"], "rows": [["1+1?", "2"]]}
)
class SamplesView(_View):
    """Long texts side by side, such as prompts and answers."""

    type = serializers.ChoiceField(["samples"])
    columns = serializers.ListField(child=serializers.CharField(), help_text="Heads of the columns.")
    rows = CELLS


class CurveSeries(Resource):
    """A line of a curve."""

    name = serializers.CharField(help_text="For the legend.")
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="Pairs of x and y."
    )


@with_example(
    {
        "type": "curve",
        "title": "ROC",
        "x": "False positive rate",
        "y": "True positive rate",
        "series": [{"name": "good", "points": [[0.0, 0.0], [0.1, 0.8], [1.0, 1.0]]}],
    }
)
class CurveView(_View):
    """Lines over one axis."""

    type = serializers.ChoiceField(["curve"])
    x = serializers.CharField(help_text="Title of the axis.")
    y = serializers.CharField(help_text="Title of the axis.")
    series = CurveSeries(many=True, help_text="At least one.")


VIEWS: dict[str, type[serializers.Serializer[Any]]] = {
    "confusion": ConfusionView,
    "table": TableView,
    "samples": SamplesView,
    "curve": CurveView,
}
JobView = discriminated("JobView", "type", VIEWS, "Values of a result that can be drawn, by their type.")
JobViewPage = page_of(JobView)


def start_of(cursor: str) -> int:
    """raises  InvalidCursor"""
    text = decode_cursor(cursor, 1)[0]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidCursor
    return int(text)


@requires(JOB_DATA)
class JobViews(ApiView):
    @operation("list_job_views", "jobs", JobViewPage, 404, params=[JOB_ID, CURSOR, LIMIT])
    def get(self, request: Request, job: Job) -> Response:
        """List what a job's result has to draw, in the order of its page; empty before there is a result."""
        result, cursor, limit = getattr(job, "result", None), query_str(request, "cursor"), limit_of(request)
        views: list[Any] = result.views if result else []
        start = start_of(cursor) if cursor else 0
        shown = views[start : start + limit]
        end = start + len(shown)
        next_cursor = encode_cursor(end) if end < len(views) else None
        return Response(page_json(JobView(shown, many=True).data, next_cursor))
