"""Creating, changing and deleting categories: the site's staff decides."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.errors import ValidationFailed

from ..access import category_for, check_manager
from ..audit import Action
from ..errors import CategoryNotEmpty, ImpossibleTree, SlugTaken
from ..models import CATEGORIES_LIMIT, COLORS, DEPTH_LIMIT, Audience, Category
from .counters import recount_tags

EDITABLE = frozenset(
    {
        "name",
        "slug",
        "about",
        "color",
        "position",
        "template",
        "parent",
        "organization",
        "read_audience",
        "read_role",
        "reply_audience",
        "reply_role",
        "create_audience",
        "create_role",
        "slow_mode_seconds",
        "closes_after_days",
    }
)


@transaction.atomic
def create_category(*, actor: Actor, name: str, slug: str = "", **fields: Any) -> Category:
    """Create a category.

    fields  others of `EDITABLE`; without a color it gets the next one
    raises  Unauthenticated, NotFound for others than staff, SlugTaken, ImpossibleTree, ValidationFailed
    """
    check_manager(actor)
    count = Category.objects.count()
    if count >= CATEGORIES_LIMIT:
        raise ValidationFailed(_("There can be at most %(limit)s categories.") % {"limit": CATEGORIES_LIMIT})
    category = Category(name=name, slug=slug or slugify(name, allow_unicode=True) or "category")
    category.color = next_color(count)
    _change(category, fields)
    record(actor, Action.CATEGORY_CREATED, category.slug)
    return category


def next_color(count: int) -> int:
    """Return the color of a category that follows so many others."""
    return count % COLORS + 1


@transaction.atomic
def update_category(*, actor: Actor, current_slug: str, **fields: Any) -> Category:
    """Change a category; `fields` are of `EDITABLE` (a new `slug` among them), and what is absent stays.

    raises  CategoryNotFound, NotFound, SlugTaken, ImpossibleTree, ValidationFailed
    """
    check_manager(actor)
    category = category_for(actor, current_slug, lock=True)
    _change(category, fields)
    record(actor, Action.CATEGORY_UPDATED, category.slug, fields=sorted(fields))
    return category


@transaction.atomic
def delete_category(*, actor: Actor, slug: str) -> None:
    """Delete an empty category.

    raises  CategoryNotFound, NotFound, CategoryNotEmpty
    """
    check_manager(actor)
    category = category_for(actor, slug, lock=True)
    try:
        category.delete()
    except ProtectedError:
        raise CategoryNotEmpty from None
    record(actor, Action.CATEGORY_DELETED, slug)


def _change(category: Category, fields: dict[str, Any]) -> None:
    if unknown := set(fields) - EDITABLE:
        raise TypeError(f"Not fields of a category: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(category, name, value)
    _check_rights(category)
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError:
        raise SlugTaken from None
    _place_all()
    category.refresh_from_db()
    recount_tags()


def _check_rights(category: Category) -> None:
    audiences = (category.read_audience, category.reply_audience, category.create_audience)
    if Audience.ORGANIZATION in audiences and category.organization is None:
        words = _("Choose the organization whose members have this right.")
        raise ValidationFailed(words, fields={"organization": words})


def _place_all() -> None:
    """Write the lines of all categories and whether everyone reads them; the tree is small.

    raises  ImpossibleTree
    """
    rows = {row.pk: row for row in Category.objects.select_for_update().order_by("pk")}
    for row in rows.values():
        line = _line_of(row, rows)
        row.line = [one.pk for one in line]
        row.is_public = all(one.read_audience == Audience.EVERYONE for one in line)
    Category.objects.bulk_update(rows.values(), ["line", "is_public"])


def _line_of(category: Category, rows: dict[int, Category]) -> list[Category]:
    line = [category]
    while line[0].parent_id is not None:
        if len(line) >= DEPTH_LIMIT:
            raise ImpossibleTree
        line.insert(0, rows[line[0].parent_id])
    return line
