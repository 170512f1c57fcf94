"""The tags of a topic."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..errors import BadTags
from ..models import TAGS_LIMIT, Tag, Topic, TopicTag

_NAME = re.compile(r"\w[\w.+-]{0,39}")


def parse_tags(names: Collection[str]) -> list[str]:
    """Return the names of tags as they are stored.

    raises  BadTags
    """
    if len(names) > TAGS_LIMIT * 2:
        raise BadTags
    found = list(dict.fromkeys(name.strip().lstrip("#").casefold() for name in names if name.strip()))
    if len(found) > TAGS_LIMIT or not all(_NAME.fullmatch(name) for name in found):
        raise BadTags
    return found


def set_tags(topic: Topic, names: Collection[str]) -> None:
    """Give a locked topic these tags (already parsed); new ones are created, counts are the caller's."""
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(names)], ignore_conflicts=True)
    wanted = set(Tag.objects.filter(name__in=names).values_list("pk", flat=True))
    topic.topic_tags.exclude(tag_id__in=wanted).delete()
    links = [TopicTag(topic=topic, tag_id=tag_id) for tag_id in sorted(wanted)]
    TopicTag.objects.bulk_create(links, ignore_conflicts=True)
