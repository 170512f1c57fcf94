"""The recipes that jobs can run, and their parameters."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, page_json
from apps.core.web.policies import PUBLIC, requires

from ..contracts import recipes
from .serializers import RecipePage, RecipeSerializer


@requires(PUBLIC)
class RecipeList(ApiView):
    @operation("list_recipes", "jobs", RecipePage)
    def get(self, request: Request) -> Response:
        """List the available recipes with their parameters, defaults and bounds."""
        return Response(page_json(RecipeSerializer(recipes(), many=True).data, None))
