"""Recipes for programs: what can be ordered, with which parameters."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.doors import Door, door

from ..contracts import Recipe, recipes
from .serializers import RecipePage


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    return {
        "kind": str(recipe.kind),
        "name": recipe.name,
        "label": recipe.label,
        "inputs": {place.name: place.kind for place in recipe.inputs},
        "output_kind": recipe.output_kind,
        "params": [param.to_json() for param in recipe.params],
    }


@door(Door.PUBLIC)
class RecipeList(APIView):
    @extend_schema(operation_id="list_recipes", tags=["jobs"], responses={200: RecipePage})
    def get(self, request: Request) -> Response:
        """List what can be ordered, with all parameters, their defaults and bounds."""
        return Response({"items": [recipe_json(recipe) for recipe in recipes()]})
