"""What the REST API of the forum sends and takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.conversations.api.shapes import POST_EXAMPLE, THREAD_EXAMPLE
from apps.core.conversations.models import SOURCE_LIMIT_CHARACTERS
from apps.core.rest.body import (
    Body,
    RawCharField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from apps.core.rest.fields import (
    ModelResource,
    NamedChoiceField,
    OptionalTextField,
    PathField,
    Resource,
    TimestampField,
)
from apps.core.rest.schema import page_of, with_example
from apps.users.accounts.models import Role
from apps.users.accounts.roles import api_name

from ..models import Audience, Bookmark, Category, PinnedTo, ResultsShown, Tag, TopicKind

ID = "1482039571"
ROLES = {api_name(role): role for role in Role}


class PersonField(serializers.CharField):
    """The name of a person; null if the account was deleted."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_null": True, "read_only": True} | options)


REF_EXAMPLE = {"slug": "general", "name": "General", "url": "/forum/c/general"}


@with_example(REF_EXAMPLE)
class CategoryRef(Resource):
    """A category by its slug."""

    slug = serializers.CharField(help_text="Name of the category in addresses.")
    name = serializers.CharField()
    url = PathField(source="get_absolute_url", help_text="Path of its page.")


TOPIC_EXAMPLE = {
    "id": ID,
    "thread_id": THREAD_EXAMPLE,
    "title": "How to begin",
    "kind": "question",
    "category": REF_EXAMPLE,
    "tags": ["help"],
    "author": "owner",
    "last_author": "member",
    "answer_post_id": POST_EXAMPLE,
    "reply_count": 3,
    "is_listed": True,
    "is_locked": False,
    "pinned_to": "none",
    "pinned_until": None,
    "archived_at": None,
    "closes_at": None,
    "created_at": "2026-01-31T12:00:00.000Z",
    "last_posted_at": "2026-01-31T12:30:00.000Z",
    "solved_at": "2026-01-31T12:20:00.000Z",
    "url": f"/forum/t/how-to-begin/{ID}",
}


@with_example(TOPIC_EXAMPLE)
class TopicDetail(Resource):
    """A topic; its posts are those of its conversation."""

    id = serializers.CharField(source="public_id")
    thread_id = serializers.CharField(
        source="thread.public_id", help_text="ID of the conversation with the posts."
    )
    title = serializers.CharField()
    kind = serializers.ChoiceField(TopicKind.choices)
    category = CategoryRef(help_text="Where it stands.")
    tags = serializers.SerializerMethodField(help_text="Names of its tags.")
    author = PersonField(source="author.username", default=None, help_text="Username of who started it.")
    last_author = PersonField(
        source="last_author.username", default=None, help_text="Author of the newest post."
    )
    answer_post_id = serializers.CharField(allow_null=True, help_text="ID of the accepted answer.")
    reply_count = serializers.IntegerField(help_text="Number of visible posts after the first.")
    is_listed = serializers.BooleanField(
        help_text="False while its first post waits for a moderator, is hidden or deleted."
    )
    is_locked = serializers.BooleanField(
        source="thread.is_locked", help_text="Whether nobody but moderators can write."
    )
    pinned_to = NamedChoiceField(PinnedTo, empty="none", help_text="The lists that it stands above.")
    pinned_until = TimestampField(allow_null=True, help_text="When the pin ends by itself.")
    archived_at = TimestampField(allow_null=True, help_text="When it was archived.")
    closes_at = TimestampField(
        source="thread.closes_at", allow_null=True, help_text="When it locks by itself."
    )
    created_at = TimestampField()
    last_posted_at = TimestampField(
        source="bumped_at", help_text="When its newest visible post was published."
    )
    solved_at = TimestampField(allow_null=True, help_text="When an answer was accepted.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    def get_tags(self, topic: Any) -> list[str]:
        return sorted(tag.name for tag in topic.tags.all())


TopicPage = page_of(TopicDetail, "TopicPage")


@with_example({"options": ["Yes", "No"]})
class PollCreate(Body):
    """The poll of a new topic of the kind `poll`."""

    options = serializers.ListField(
        child=StrictCharField(max_length=200), min_length=2, max_length=20, help_text="2 to 20 texts."
    )
    max_choices = StrictIntegerField(min_value=1, max_value=20, required=False, default=1)
    is_secret = StrictBooleanField(
        required=False, default=True, help_text="Whether it stays unknown who chose what."
    )
    results_shown = StrictChoiceField(ResultsShown.choices, required=False, default=ResultsShown.ALWAYS)
    closes_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When voting ends by itself."
    )


@with_example({"category": "general", "title": "How to begin", "text": "Where is the manual?"})
class TopicCreate(Body):
    """A new topic with its first post."""

    category = StrictCharField(max_length=80, help_text="Slug of the category.")
    title = StrictCharField(min_length=2, max_length=200)
    text = RawCharField(max_length=SOURCE_LIMIT_CHARACTERS, help_text="First post, in Markdown.")
    kind = StrictChoiceField(TopicKind.choices, required=False, default=TopicKind.DISCUSSION)
    tags = serializers.ListField(
        child=StrictCharField(max_length=40),
        max_length=5,
        required=False,
        default=list,
        help_text="Names of tags; new ones are created.",
    )
    poll = PollCreate(required=False, allow_null=True, default=None)


@with_example({"title": "How to begin with training", "tags": ["training"]})
class TopicUpdate(Body):
    """Changes to a topic; what is absent stays."""

    title = StrictCharField(min_length=2, max_length=200, required=False)
    kind = StrictChoiceField(TopicKind.choices, required=False)
    tags = serializers.ListField(
        child=StrictCharField(max_length=40),
        max_length=5,
        required=False,
        help_text="Names of tags; they replace the former ones.",
    )


@with_example({"post_id": POST_EXAMPLE})
class AnswerUpdate(Body):
    """The post that answers a question."""

    post_id = StrictCharField(max_length=20, help_text="Id of the post that answers the question.")


@with_example({"pinned_to": "category", "until": None})
class PinUpdate(Body):
    """The lists that a topic stands above."""

    pinned_to = NamedChoiceField(PinnedTo, empty="none")
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When the pin ends by itself."
    )


@with_example({"is_archived": True})
class ArchiveUpdate(Body):
    """Whether a topic is archived, which locks it."""

    is_archived = StrictBooleanField(help_text="Whether nobody can write in the topic any more.")


@with_example({"category": "support"})
class TopicMove(Body):
    """The category that a topic moves to."""

    category = StrictCharField(max_length=80, help_text="Slug of the new category.")


@with_example({"post_ids": [POST_EXAMPLE], "title": "Another matter"})
class TopicSplit(Body):
    """Replies that become a topic of their own."""

    post_ids = serializers.ListField(
        child=StrictCharField(max_length=20),
        min_length=1,
        max_length=500,
        help_text="Ids of the posts that move into the new topic.",
    )
    title = StrictCharField(min_length=2, max_length=200)
    category = StrictCharField(
        max_length=80,
        required=False,
        default="",
        help_text="Slug of its category; by default that of the old topic.",
    )


@with_example({"into": ID})
class TopicMerge(Body):
    """The topic that takes all posts of another one."""

    into = StrictCharField(max_length=20, help_text="ID of the topic.")


OPTION_EXAMPLE = {"position": 0, "text": "Yes", "vote_count": 3, "is_chosen": True}


@with_example(OPTION_EXAMPLE)
class PollOptionDetail(Resource):
    """An option of a poll."""

    position = serializers.IntegerField(help_text="Place of the option, from 0; votes name it.")
    text = serializers.CharField(help_text="What can be chosen.")
    vote_count = serializers.IntegerField(
        source="votes", allow_null=True, help_text="Null while you may not see the results."
    )
    is_chosen = serializers.BooleanField(help_text="Whether you chose it.")


@with_example(
    {
        "options": [OPTION_EXAMPLE],
        "voter_count": 3,
        "max_choices": 1,
        "is_secret": True,
        "is_closed": False,
        "closes_at": None,
    }
)
class PollDetail(Resource):
    """A poll as you see it."""

    options = PollOptionDetail(many=True)
    voter_count = serializers.IntegerField(help_text="Number of people who voted.")
    max_choices = serializers.IntegerField(help_text="Number of options that one person can choose.")
    is_secret = serializers.BooleanField(help_text="Whether nobody sees who chose what.")
    is_closed = serializers.BooleanField(help_text="Whether voting has ended.")
    closes_at = TimestampField(allow_null=True, help_text="When voting ends by itself.")


@with_example({"positions": [0]})
class BallotUpdate(Body):
    """The options that you choose, in place of an earlier choice; none withdraws it."""

    positions = serializers.ListField(
        child=StrictIntegerField(min_value=0, max_value=19),
        max_length=20,
        help_text="Positions of the chosen options.",
    )


@with_example({"audience": "organization", "role": "write"})
class Right(Resource):
    """Who has a right: everyone, signed-in users, members of the organization from a role on, or staff."""

    audience = serializers.ChoiceField(Audience.choices)
    role = serializers.ChoiceField(list(ROLES), help_text="Least role of members; only for `organization`.")


@with_example({"audience": "signed_in"})
class RightUpdate(Body):
    audience = StrictChoiceField(Audience.choices)
    role = StrictChoiceField(list(ROLES), required=False, default="read")


CATEGORY_EXAMPLE = {
    "slug": "general",
    "name": "General",
    "description": "Everything else.",
    "parent": None,
    "color": 1,
    "position": 0,
    "organization": None,
    "can_read": {"audience": "everyone", "role": "read"},
    "can_reply": {"audience": "signed_in", "role": "read"},
    "can_create": {"audience": "signed_in", "role": "read"},
    "is_public": True,
    "template": None,
    "slow_mode_seconds": 0,
    "closes_after_days": None,
    "topic_count": 12,
    "post_count": 40,
    "created_at": "2026-01-31T12:00:00.000Z",
    "url": "/forum/c/general",
}


@with_example(CATEGORY_EXAMPLE)
class CategoryDetail(ModelResource):
    """A category."""

    description = OptionalTextField(source="about")
    parent = serializers.CharField(  # type: ignore[assignment]  # a name of the base class
        source="parent.slug", allow_null=True, default=None, help_text="Slug of the category above it."
    )
    organization = serializers.CharField(
        source="organization.name",
        allow_null=True,
        default=None,
        help_text="Name of the organization that rights of members refer to.",
    )
    can_read = serializers.SerializerMethodField(help_text="Who may read its topics.")
    can_reply = serializers.SerializerMethodField(help_text="Who may reply.")
    can_create = serializers.SerializerMethodField(help_text="Who may start topics.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Category
        fields = tuple(CATEGORY_EXAMPLE)
        extra_kwargs = {
            "slug": {"help_text": "Name of the category in addresses."},
            "color": {"help_text": "One of the eight colors of charts, 1 to 8."},
            "position": {"help_text": "Place among its siblings, from 0."},
            "is_public": {"help_text": "Whether people without an account read it."},
            "template": {"help_text": "Markdown that a new topic begins with."},
            "slow_mode_seconds": {"help_text": "Seconds between two posts of one person in new topics."},
            "closes_after_days": {"help_text": "Days after which new topics lock by themselves."},
            "topic_count": {"help_text": "Number of listed topics, without those of categories below it."},
            "post_count": {"help_text": "Number of visible posts, without those of categories below it."},
        }

    @extend_schema_field(Right)
    def get_can_read(self, category: Category) -> dict[str, Any]:
        return _right(category, "read")

    @extend_schema_field(Right)
    def get_can_reply(self, category: Category) -> dict[str, Any]:
        return _right(category, "reply")

    @extend_schema_field(Right)
    def get_can_create(self, category: Category) -> dict[str, Any]:
        return _right(category, "create")


def _right(category: Category, name: str) -> dict[str, Any]:
    role = getattr(category, f"{name}_role")
    return {"audience": getattr(category, f"{name}_audience"), "role": api_name(role)}


class CategoryFields(Body):
    """What a category can be given."""

    description = RawCharField(max_length=1000, required=False)
    parent = StrictCharField(  # type: ignore[assignment]  # a name of the base class
        max_length=80, required=False, allow_null=True, help_text="Slug."
    )
    color = StrictIntegerField(
        min_value=1, max_value=8, required=False, help_text="One of the eight colors of charts, 1 to 8."
    )
    position = StrictIntegerField(
        min_value=0, max_value=10_000, required=False, help_text="Place among its siblings, from 0."
    )
    organization = StrictCharField(
        max_length=96,
        required=False,
        allow_null=True,
        help_text="Name of the organization that rights of members refer to.",
    )
    can_read = RightUpdate(required=False)
    can_reply = RightUpdate(required=False)
    can_create = RightUpdate(required=False)
    template = RawCharField(
        max_length=8000, required=False, help_text="Markdown that a new topic begins with."
    )
    slow_mode_seconds = StrictIntegerField(
        min_value=0,
        max_value=86_400,
        required=False,
        help_text="Seconds between two posts of one person in new topics.",
    )
    closes_after_days = StrictIntegerField(
        min_value=1,
        max_value=3650,
        required=False,
        allow_null=True,
        help_text="Days after which new topics lock by themselves.",
    )


@with_example({"name": "General", "description": "Everything else."})
class CategoryCreate(CategoryFields):
    """A new category."""

    name = StrictCharField(max_length=80)
    slug = serializers.SlugField(
        max_length=80, allow_unicode=True, required=False, help_text="Name of the category in addresses."
    )


@with_example({"description": "Everything that has no place elsewhere."})
class CategoryUpdate(CategoryFields):
    """Changes to a category; what is absent stays."""

    name = StrictCharField(max_length=80, required=False)
    slug = serializers.SlugField(
        max_length=80, allow_unicode=True, required=False, help_text="Name of the category in addresses."
    )


CategoryPage = page_of(CategoryDetail, "CategoryPage")


@with_example({"name": "help", "description": None, "topic_count": 8, "url": "/forum/tags/help"})
class TopicTag(ModelResource):
    """A tag."""

    description = OptionalTextField(source="about")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Tag
        fields = ("name", "description", "topic_count", "url")
        extra_kwargs = {
            "topic_count": {"help_text": "Number of listed topics with the tag."},
        }


TopicTagPage = page_of(TopicTag, "TopicTagPage")


@with_example(
    {
        "post_id": POST_EXAMPLE,
        "topic_id": ID,
        "topic_title": "How to begin",
        "note": "Read again",
        "created_at": "2026-01-31T12:00:00.000Z",
    }
)
class BookmarkDetail(ModelResource):
    """A post that you want to find again."""

    post_id = serializers.CharField(source="post.public_id", help_text="Id of the post.")
    topic_id = serializers.CharField(source="topic.public_id", help_text="Id of the post's topic.")
    topic_title = serializers.CharField(source="topic.title", help_text="Title of the post's topic.")

    class Meta:
        model = Bookmark
        fields = ("post_id", "topic_id", "topic_title", "note", "created_at")
        extra_kwargs = {
            "note": {"help_text": "What the person noted for themselves."},
        }


BookmarkPage = page_of(BookmarkDetail, "BookmarkPage")


@with_example({"note": "Read again"})
class BookmarkUpdate(Body):
    note = RawCharField(max_length=200, required=False, default="", help_text="A note to oneself.")
