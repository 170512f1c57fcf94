"""What people watch or mute in the forum besides topics: categories and tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.notifications.providers import TargetKind, TargetPlace

from .access import visible_categories
from .models import Category, Tag, Topic
from .selectors import visible_tags

CATEGORY, TAG = "category", "tag"


def targets_of(topic: Topic) -> list[str]:
    """Return the topic, its tags, its category and those above it."""
    tags = sorted(tag.name for tag in topic.tags.all())
    return [topic.thread.target, *(f"{TAG}:{name}" for name in tags), *targets_in(topic.category)]


def targets_in(category: Category) -> list[str]:
    """Return a category and those above it."""
    return [f"{CATEGORY}:{category_id}" for category_id in reversed(category.line)]


def tag_target(tag: Tag) -> str:
    return f"{TAG}:{tag.name}"


class CategoryTargets(TargetKind):
    name = CATEGORY
    label = _("Category")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        ids = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
        rows = visible_categories(actor).filter(pk__in=ids) if ids else []
        return {str(row.pk): TargetPlace(row.name, row.get_absolute_url()) for row in rows}


class TagTargets(TargetKind):
    """Tags of topics; those of private categories alone are nobody's business."""

    name = TAG
    label = _("Tag")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        rows = visible_tags(actor).filter(name__in=[key[:40] for key in keys])
        return {row.name: TargetPlace(f"#{row.name}", row.get_absolute_url()) for row in rows}
