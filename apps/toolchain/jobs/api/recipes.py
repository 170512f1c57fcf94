"""The recipes that jobs can run, and their parameters."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str
from apps.core.rest.schema import CURSOR, LIMIT, operation
from apps.core.rest.view import ApiView, limit_of, page_json
from apps.core.web.pagination import decode_cursor, encode_cursor
from apps.core.web.policies import PUBLIC, requires
from apps.toolchain.contracts import Recipe, recipes

from .serializers import RecipePage, RecipeSerializer


def name_of(recipe: Recipe) -> tuple[str, str]:
    return str(recipe.kind), recipe.name


@requires(PUBLIC)
class RecipeList(ApiView):
    @operation("list_recipes", "jobs", RecipePage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the available recipes with their parameters, defaults and bounds."""
        cursor, limit = query_str(request, "cursor"), limit_of(request)
        after = tuple(decode_cursor(cursor, 2)) if cursor else ("", "")
        found = [one for one in sorted(recipes(), key=name_of) if name_of(one) > after]
        shown = found[:limit]
        next_cursor = encode_cursor(*name_of(shown[-1])) if len(found) > limit else None
        return Response(page_json(RecipeSerializer(shown, many=True).data, next_cursor))
