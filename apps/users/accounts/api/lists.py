"""Lists of rows by cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str
from apps.core.rest.view import limit_of, page_json
from apps.core.web.pagination import page_by_cursor


def list_response(
    request: Request,
    rows: QuerySet[Any],
    shape: type[serializers.BaseSerializer[Any]],
    *,
    order: Sequence[str],
    **context: Any,
) -> Response:
    """Respond with the page that `cursor` and `limit` of the request name.

    order    as in page_by_cursor
    context  for the serializer
    """
    page = page_by_cursor(rows, order=order, cursor=query_str(request, "cursor"), limit=limit_of(request))
    return Response(page_json(shape(page.items, many=True, context=context).data, page.next_cursor))
