"""What moderation sends and takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.rest.body import (
    Body,
    RawCharField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from apps.core.rest.fields import ModelResource, OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example

from ..models import (
    NOTE_LIMIT_CHARACTERS,
    STATEMENT_LIMIT_CHARACTERS,
    Act,
    Ban,
    BanKind,
    Decision,
    EmergencySwitch,
    Removal,
    Report,
    ReportReason,
    ReviewItem,
    Sanction,
    SanctionKind,
    SavedReply,
    SwitchMode,
    TrustLevel,
)

NOW = "2026-01-31T12:00:00.000Z"
ID = "1f0c9a7d-2b3e-4f5a-8b7c-8d9e0f1a2b3c"
REVIEW_ACTS = [Act.APPROVE, Act.APPROVE_AND_TRUST, Act.DECLINE, Act.DECLINE_AND_BLOCK]
CONTENT = "Name of the content, such as post:5f0c2b7e91d44a86."


class _WithId(ModelResource):
    id = serializers.UUIDField(source="public_id", help_text="Id.")


@with_example(
    {
        "id": ID,
        "content": "post:5f0c2b7e91d44a86",
        "reason": "spam",
        "note": None,
        "state": "open",
        "created_at": NOW,
        "decided_at": None,
    }
)
class ReportSerializer(_WithId):
    """A report of content."""

    content = serializers.CharField(source="review.content", help_text=CONTENT)
    decided_at = TimestampField(allow_null=True, help_text="When a moderator decided.")

    class Meta:
        model = Report
        fields = ("id", "content", "reason", "note", "state", "created_at", "decided_at")
        extra_kwargs = {
            "note": {"help_text": "What the reporter wrote for moderators."},
        }


@with_example({"content": "post:5f0c2b7e91d44a86", "reason": "spam"})
class ReportCreate(Body):
    """A new report."""

    content = StrictCharField(max_length=64, help_text=CONTENT)
    reason = StrictChoiceField(ReportReason.choices)
    note = RawCharField(
        max_length=NOTE_LIMIT_CHARACTERS, required=False, help_text="What moderators should know."
    )


class CheckResult(serializers.Serializer[Any]):
    """What one rule found."""

    rule = serializers.CharField(help_text="Name of the rule.")
    score = serializers.IntegerField(help_text="What it added to the score.")
    has_failed = serializers.BooleanField(help_text="Whether it could not be applied.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation({"has_failed": False, **instance})


@with_example(
    {
        "id": ID,
        "content": "post:5f0c2b7e91d44a86",
        "kind": "post",
        "cause": "held",
        "state": "open",
        "author": "newcomer",
        "title": "Shopping",
        "excerpt": "Milk",
        "url": "/notes/1",
        "score": 100,
        "report_weight": 0.0,
        "is_hidden": False,
        "checks": [{"rule": "honeypot", "score": 100, "has_failed": False}],
        "note": None,
        "claimed_by": None,
        "created_at": NOW,
        "decided_at": None,
    }
)
class Review(_WithId):
    """Content in the review queue."""

    author = OptionalTextField(source="author.username", default=None, help_text="Username of its author.")
    title = serializers.SerializerMethodField(help_text="Title of its page.")
    excerpt = serializers.SerializerMethodField(help_text="Its text, shortened.")
    url = serializers.SerializerMethodField(help_text="Path of its page.")
    report_weight = serializers.FloatField(source="weight", help_text="What its open reports weigh together.")
    checks = CheckResult(many=True, help_text="What the rules found.")
    claimed_by = OptionalTextField(
        source="claimed_by.username", default=None, help_text="Moderator who works on it."
    )
    decided_at = TimestampField(allow_null=True, help_text="When a moderator decided.")

    class Meta:
        model = ReviewItem
        fields = (
            "id",
            "content",
            "kind",
            "cause",
            "state",
            "author",
            "title",
            "excerpt",
            "url",
            "score",
            "report_weight",
            "is_hidden",
            "checks",
            "note",
            "claimed_by",
            "created_at",
            "decided_at",
        )
        extra_kwargs = {
            "content": {"help_text": "Name of the content, such as post:5f0c2b7e91d44a86."},
            "score": {"help_text": "Sum of the rules that the text broke."},
            "is_hidden": {"help_text": "Whether reports have hidden the content."},
            "note": {"help_text": "What the moderators noted."},
        }

    def _of(self, item: ReviewItem, name: str) -> str | None:
        view = self.context["views"].get(item.content)
        return getattr(view, name) if view else None

    def get_title(self, item: ReviewItem) -> str | None:
        return self._of(item, "title")

    def get_excerpt(self, item: ReviewItem) -> str | None:
        return self._of(item, "excerpt")

    def get_url(self, item: ReviewItem) -> str | None:
        return self._of(item, "path")


@with_example({"act": "decline", "statement": "Advertising."})
class DecisionCreate(Body):
    """A decision on a review."""

    act = StrictChoiceField([(act.value, act.label) for act in REVIEW_ACTS])
    statement = RawCharField(
        max_length=STATEMENT_LIMIT_CHARACTERS,
        required=False,
        help_text="Reasons, which the author reads. A decline needs them.",
    )


@with_example({"review_ids": [ID], "act": "decline", "statement": "Advertising."})
class BulkDecisionCreate(DecisionCreate):
    """The same decision on several reviews."""

    review_ids = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=100,
        help_text="Ids of the reviews to decide on.",
    )


@with_example({"review_id": ID, "is_decided": False, "code": "ReviewDecided"})
class BulkDecisionResult(Resource):
    """What became of one review."""

    review_id = serializers.UUIDField(help_text="Id of the review.")
    is_decided = serializers.BooleanField(help_text="Whether the decision was made.")
    code = OptionalTextField(help_text="Code of the problem, if it was not.")


class BulkDecision(Resource):
    """What became of each review."""

    items = BulkDecisionResult(many=True, help_text="In the order of the request.")


@with_example(
    {
        "id": ID,
        "act": "decline",
        "content": "post:5f0c2b7e91d44a86",
        "statement": "Advertising.",
        "moderator": "warden",
        "created_at": NOW,
    }
)
class DecisionSerializer(_WithId):
    """A decision; it is never changed."""

    moderator = OptionalTextField(
        source="moderator_name", help_text="Who decided; null if the site did by itself."
    )

    class Meta:
        model = Decision
        fields = ("id", "act", "content", "statement", "moderator", "created_at")
        extra_kwargs = {
            "content": {"help_text": "Name of the content, such as post:5f0c2b7e91d44a86."},
            "statement": {"help_text": "The statement of reasons that the author reads."},
        }


@with_example(
    {
        "id": ID,
        "act": "decline",
        "content": "post:5f0c2b7e91d44a86",
        "statement": "Advertising.",
        "created_at": NOW,
    }
)
class OwnDecision(_WithId):
    """A decision about you or your content, with its reasons."""

    class Meta:
        model = Decision
        fields = ("id", "act", "content", "statement", "created_at")
        extra_kwargs = {
            "content": {"help_text": "Name of the content, such as post:5f0c2b7e91d44a86."},
            "statement": {"help_text": "Why it was decided."},
        }


@with_example({"note": "It is no advertising."})
class Appeal(Body):
    """Why moderators should look again."""

    note = RawCharField(max_length=NOTE_LIMIT_CHARACTERS, help_text="Moderators read it.")


OwnDecisionPage = page_of(OwnDecision, "OwnDecisionPage")


@with_example(
    {"id": ID, "kind": "silence", "until": None, "reason": "Flood.", "is_in_force": True, "created_at": NOW}
)
class SanctionSerializer(_WithId):
    """What a person may not do for a time."""

    until = TimestampField(allow_null=True, help_text="When it ends; null is without end.")
    is_in_force = serializers.BooleanField(help_text="Whether it holds now.")

    class Meta:
        model = Sanction
        fields = ("id", "kind", "until", "reason", "is_in_force", "created_at")
        extra_kwargs = {
            "reason": {"help_text": "Why, as the person reads it."},
        }


@with_example({"kind": "silence", "reason": "Flood.", "until": NOW})
class SanctionCreate(Body):
    """A new sanction."""

    kind = StrictChoiceField(SanctionKind.choices)
    reason = RawCharField(max_length=STATEMENT_LIMIT_CHARACTERS, help_text="The person reads it.")
    until = serializers.DateTimeField(required=False, allow_null=True, help_text="Null is without end.")


@with_example({"id": ID, "reason": "Flood.", "is_undone": False, "is_done": True, "created_at": NOW})
class RemovalSerializer(_WithId):
    """The removal of everything that a person published."""

    class Meta:
        model = Removal
        fields = ("id", "reason", "is_undone", "is_done", "created_at")
        extra_kwargs = {
            "reason": {"help_text": "Why everything was removed."},
            "is_undone": {"help_text": "Whether the content is shown again."},
            "is_done": {"help_text": "Whether nothing is left to do."},
        }


@with_example({"reason": "Flood."})
class RemovalCreate(Body):
    """Removes everything that a person published."""

    reason = RawCharField(max_length=STATEMENT_LIMIT_CHARACTERS, help_text="The person reads it.")


@with_example({"is_undone": True})
class RemovalUpdate(Body):
    """Undoes a removal, or repeats it."""

    is_undone = StrictBooleanField(help_text="Whether the content is shown again.")


@with_example({"level": 1, "is_locked": False, "approved_count": 2, "upheld_count": 0, "rejected_count": 0})
class TrustSerializer(Resource):
    """How much a person is trusted."""

    level = serializers.IntegerField(help_text="0 (new) to 4 (leader).")
    is_locked = serializers.BooleanField(help_text="Whether the staff chose the level.")
    approved_count = serializers.IntegerField(source="approved", help_text="Texts that moderators approved.")
    upheld_count = serializers.IntegerField(source="upheld", help_text="Reports by them that were upheld.")
    rejected_count = serializers.IntegerField(
        source="rejected", help_text="Reports by them that were rejected."
    )


@with_example({"level": 2})
class TrustUpdate(Body):
    """Chooses a person's level, or lets it be earned again."""

    level = StrictIntegerField(
        min_value=TrustLevel.NEW,
        max_value=TrustLevel.LEADER,
        allow_null=True,
        help_text="Null lets it be earned.",
    )


@with_example({"mode": "basic", "reason": "A flood.", "is_sign_up_off": True, "ends_at": NOW})
class Switch(ModelResource):
    """The emergency switch."""

    class Meta:
        model = EmergencySwitch
        fields = ("mode", "reason", "is_sign_up_off", "ends_at")
        extra_kwargs = {
            "reason": {"help_text": "Why posting is restricted, as people read it."},
            "is_sign_up_off": {"help_text": "Whether nobody can sign up."},
            "ends_at": {"help_text": "When the restriction ends by itself."},
        }


@with_example({"mode": "basic", "reason": "A flood.", "minutes": 60})
class SwitchUpdate(Body):
    """Turns the emergency switch on."""

    mode = StrictChoiceField(SwitchMode.choices)
    reason = RawCharField(max_length=STATEMENT_LIMIT_CHARACTERS, help_text="People read it.")
    minutes = StrictIntegerField(min_value=1, max_value=14 * 24 * 60, help_text="How long it stays on.")
    is_sign_up_off = StrictBooleanField(
        required=False, help_text="Whether nobody can sign up; default false."
    )


@with_example(
    {
        "id": ID,
        "kind": "network",
        "value": "192.0.2.0/24",
        "reason": "Flood.",
        "until": None,
        "created_at": NOW,
    }
)
class BanSerializer(_WithId):
    """A banned mail domain or network."""

    until = TimestampField(allow_null=True, help_text="When it ends; null is without end.")

    class Meta:
        model = Ban
        fields = ("id", "kind", "value", "reason", "until", "created_at")
        extra_kwargs = {
            "value": {"help_text": "The mail domain, or the network in CIDR notation."},
            "reason": {"help_text": "Why it was banned, for the staff."},
        }


@with_example({"kind": "network", "value": "192.0.2.0/24", "reason": "Flood."})
class BanCreate(Body):
    """A new ban."""

    kind = StrictChoiceField(BanKind.choices)
    value = StrictCharField(max_length=255, help_text="A domain, with its subdomains, or a network.")
    reason = RawCharField(max_length=STATEMENT_LIMIT_CHARACTERS, help_text="For the other moderators.")
    until = serializers.DateTimeField(required=False, allow_null=True, help_text="Null is without end.")


@with_example({"id": ID, "title": "Advertising", "text": "Advertising is not allowed here."})
class SavedReplySerializer(_WithId):
    """A statement of reasons that moderators reuse."""

    class Meta:
        model = SavedReply
        fields = ("id", "title", "text")
        extra_kwargs = {
            "text": {"help_text": "The statement that it fills in."},
        }


@with_example({"title": "Advertising", "text": "Advertising is not allowed here."})
class SavedReplyCreate(Body):
    """A reply to save; one of the same title is replaced."""

    title = StrictCharField(max_length=100)
    text = RawCharField(max_length=STATEMENT_LIMIT_CHARACTERS, help_text="The statement that it fills in.")


@with_example({"name": "stranger", "created_at": NOW})
class BlockSerializer(Resource):
    """Somebody from whom you do not want to hear."""

    name = serializers.CharField(source="blocked.username", help_text="Username.")
    created_at = TimestampField()


ReportPage = page_of(ReportSerializer, "ReportPage")
ReviewPage = page_of(Review, "ReviewPage")
DecisionPage = page_of(DecisionSerializer, "DecisionPage")
SanctionPage = page_of(SanctionSerializer, "SanctionPage")
RemovalPage = page_of(RemovalSerializer, "RemovalPage")
BanPage = page_of(BanSerializer, "BanPage")
SavedReplyPage = page_of(SavedReplySerializer, "SavedReplyPage")
BlockPage = page_of(BlockSerializer, "BlockPage")
