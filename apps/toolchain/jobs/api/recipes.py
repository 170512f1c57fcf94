"""The recipes that jobs can run, and their parameters."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, page_json
from apps.core.web.policies import PUBLIC, requires

from ..contracts import Recipe, recipes
from .serializers import RecipePage


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    return {
        "kind": str(recipe.kind),
        "name": recipe.name,
        "label": recipe.label,
        "inputs": {place.name: place.kind for place in recipe.inputs},
        "output_kind": recipe.output_kind,
        "metrics": [
            {
                "name": metric.name,
                "label": metric.label,
                "unit": metric.unit.value,
                "higher_is_better": metric.higher_is_better,
            }
            for metric in recipe.metrics
        ],
        "params": [param.to_json() for param in recipe.params],
    }


@requires(PUBLIC)
class RecipeList(ApiView):
    @operation("list_recipes", "jobs", RecipePage)
    def get(self, request: Request) -> Response:
        """List the available recipes with their parameters, defaults and bounds."""
        return Response(page_json([recipe_json(recipe) for recipe in recipes()], None))
