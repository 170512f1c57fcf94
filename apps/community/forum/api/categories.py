"""REST API: categories and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import invalid_field, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import PUBLIC, STAFF, requires
from apps.users.accounts.models import Namespace, NamespaceKind

from ..models import Category
from ..policies import CATEGORY_ADMIN, CATEGORY_READ
from ..selectors import categories_for, tags_for
from ..services.categories import create_category, delete_category, update_category
from .shapes import (
    ROLES,
    CategoryCreate,
    CategoryDetail,
    CategoryPage,
    CategoryUpdate,
    TopicTag,
    TopicTagPage,
)
from .topics import TAG

SLUG = in_path("category", "Slug of the category.")


@requires(PUBLIC, POST=STAFF)
class Categories(ApiView):
    @operation("list_categories", TAG, CategoryPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the categories that you may read."""
        rows = categories_for(actor_of(request))
        return list_response(request, rows, CategoryDetail, order=("position", "id"))

    @operation("create_category", TAG, CategoryDetail, 404, 409, status=201, body=CategoryCreate)
    def post(self, request: Request) -> Response:
        """Create a category."""
        fields = _columns(validated(request, CategoryCreate))
        category = create_category(actor=actor_of(request), **fields)
        return created(CategoryDetail(category).data, f"/api/v1/forum/categories/{category.slug}")


@requires(CATEGORY_READ, PATCH=CATEGORY_ADMIN, DELETE=CATEGORY_ADMIN)
class OneCategory(ApiView):
    @operation("get_category", TAG, CategoryDetail, 404, params=[SLUG])
    def get(self, request: Request, category: Category) -> Response:
        """Get a category."""
        return Response(CategoryDetail(category).data)

    @operation("update_category", TAG, CategoryDetail, 404, 409, body=CategoryUpdate, params=[SLUG])
    def patch(self, request: Request, category: Category) -> Response:
        """Change a category or its rights."""
        fields = _columns(validated(request, CategoryUpdate))
        changed = update_category(actor=actor_of(request), current_slug=category.slug, **fields)
        return Response(CategoryDetail(changed).data)

    @operation("delete_category", TAG, None, 404, 409, status=204, params=[SLUG])
    def delete(self, request: Request, category: Category) -> Response:
        """Delete an empty category."""
        delete_category(actor=actor_of(request), slug=category.slug)
        return no_content()


@requires(PUBLIC)
class Tags(ApiView):
    @operation(
        "list_topic_tags", TAG, TopicTagPage, params=[in_query("q", str, "Part of the name."), CURSOR, LIMIT]
    )
    def get(self, request: Request) -> Response:
        """List the tags of public topics, by name."""
        return list_response(
            request, tags_for(actor_of(request), query_str(request, "q")), TopicTag, order=("name", "id")
        )


def _columns(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a body as columns of a category.

    raises  ValidationFailed for an unknown parent or organization
    """
    fields = {key: value for key, value in data.items() if not key.startswith("can_")}
    if "description" in fields:
        fields["about"] = fields.pop("description")
    for name in ("read", "reply", "create"):
        if right := data.get(f"can_{name}"):
            fields[f"{name}_audience"], fields[f"{name}_role"] = right["audience"], ROLES[right["role"]]
    if fields.get("parent") is not None:
        fields["parent"] = _found("parent", Category.objects.filter(slug=fields["parent"]).first())
    if fields.get("organization") is not None:
        rows = Namespace.objects.filter(
            key=fields["organization"].casefold(), kind=NamespaceKind.ORGANIZATION
        )
        fields["organization"] = _found("organization", rows.first())
    return fields


def _found(pointer: str, row: Any) -> Any:
    if row is None:
        raise invalid_field(pointer, "Not found.", "not_found")
    return row
