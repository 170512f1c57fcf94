"""Reports, reviews with their decisions, sanctions, bans, blocks, trust, removals, the emergency switch.

Content of all kinds is named `KIND:KEY`, such as `post:5f0c2b7e91d44a86`; its app declares a ModeratedKind.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NOTE_LIMIT_CHARACTERS = 2_000
STATEMENT_LIMIT_CHARACTERS = 4_000
TEXT_LIMIT_CHARACTERS = 1_000


class Assessment(models.Model):
    """What the rules said of a text before it was published. Old ones are deleted.

    text    folded, and shortened: later texts are compared with it
    hash    SHA-256 of the whole folded text
    checks  what each rule found: [{"rule": …, "score": …, "facts": {…}}]
    """

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    text = models.CharField(max_length=TEXT_LIMIT_CHARACTERS, blank=True)
    hash = models.CharField(max_length=64, db_index=True)
    starts_thread = models.BooleanField(default=False)
    is_edit = models.BooleanField(default=False)
    score = models.PositiveIntegerField(default=0)
    is_held = models.BooleanField(default=False)
    checks = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["author", "-created_at"], name="assessments_of_a_person"),
            GinIndex(fields=["text"], opclasses=["gin_trgm_ops"], name="assessment_trigrams"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.author_id}: {self.score}"


class ReportReason(models.TextChoices):
    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insult, harassment or hate")
    ILLEGAL = "illegal", _("Illegal content")
    PRIVACY = "privacy", _("Private data of somebody")
    OUT_OF_PLACE = "out_of_place", _("Doesn't belong here")
    OTHER = "other", _("Something else")


class ReportState(models.TextChoices):
    OPEN = "open", _("Open")
    UPHELD = "upheld", _("Upheld")
    REJECTED = "rejected", _("Rejected")


class Cause(models.TextChoices):
    """Why a moderator looks at content."""

    HELD = "held", _("Held before publication")
    REPORTED = "reported", _("Reported")
    APPEALED = "appealed", _("Appealed")


class ReviewState(models.TextChoices):
    """A removed review belongs to content that was removed with all else of its author."""

    OPEN = "open", _("Open")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    REMOVED = "removed", _("Removed")


class Removal(models.Model):
    """The removal of everything that a person published, in batches; it can be undone and repeated.

    is_undone  what it aims at: whether the content is to be visible
    is_done    whether all content is as it aims at
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(max_length=STATEMENT_LIMIT_CHARACTERS)
    is_undone = models.BooleanField(default=False)
    is_done = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(is_done=False), name="removals_to_do")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.public_id}"


class RemovedContent(models.Model):
    """One piece of content of a removal.

    is_hidden  whether this removal has hidden it
    """

    removal = models.ForeignKey(Removal, on_delete=models.CASCADE, related_name="contents")
    content = models.CharField(max_length=64)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["removal", "content"], name="content_removed_once")]

    def __str__(self) -> str:
        return self.content


class ReviewItem(models.Model):
    """Content that a moderator looks at. The queue is the open ones.

    is_hidden     whether the content, once published, is hidden because of this review
    weight        of its open reports together
    claimed_till  until then no other moderator decides
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    content = models.CharField(max_length=64, db_index=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    cause = models.CharField(max_length=16, choices=Cause)
    state = models.CharField(max_length=16, choices=ReviewState, default=ReviewState.OPEN)
    is_hidden = models.BooleanField(default=False)
    score = models.PositiveIntegerField(default=0)
    weight = models.FloatField(default=0)
    checks = models.JSONField(default=list)
    note = models.TextField(blank=True, max_length=NOTE_LIMIT_CHARACTERS)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    claimed_till = models.DateTimeField(null=True)
    removal = models.ForeignKey(Removal, on_delete=models.SET_NULL, null=True, related_name="reviews")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content"], condition=Q(state=ReviewState.OPEN), name="one_open_review_per_content"
            )
        ]
        indexes = [
            models.Index(fields=["state", "kind", "-created_at"], name="review_queue"),
            models.Index(fields=["author", "state"], name="reviews_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.content}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state == ReviewState.OPEN


class Report(models.Model):
    """A person's report of content.

    weight  what it counts, by the reporter's trust level and accuracy when it was made
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=16, choices=ReportReason)
    note = models.TextField(blank=True, max_length=NOTE_LIMIT_CHARACTERS)
    weight = models.FloatField(default=0)
    state = models.CharField(max_length=16, choices=ReportState, default=ReportState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "reporter"], name="one_report_per_person_and_review")
        ]
        indexes = [models.Index(fields=["reporter", "-created_at"], name="reports_of_a_person")]

    def __str__(self) -> str:
        return f"{self.reason} of {self.review_id}"


class Act(models.TextChoices):
    """What a moderator, or the site by itself, decided."""

    APPROVE = "approve", _("Approved")
    APPROVE_AND_TRUST = "approve_and_trust", _("Approved, author trusted")
    DECLINE = "decline", _("Declined")
    DECLINE_AND_BLOCK = "decline_and_block", _("Declined, author suspended")
    HIDE_REPORTED = "hide_reported", _("Hidden after reports")
    UNDO = "undo", _("Undone")
    SANCTION = "sanction", _("Sanctioned")
    LIFT_SANCTION = "lift_sanction", _("Sanction lifted")
    REMOVE_ALL = "remove_all", _("Everything removed")
    RESTORE_ALL = "restore_all", _("Everything restored")


class Decision(models.Model):
    """A decision with the statement of its reasons. Rows are appended and never changed.

    Ids of people are plain numbers, so that an account that is deleted changes nothing here.

    content    that it is about; empty if it is about the person
    person_id  author of the content, or who is sanctioned
    facts      what undoing it needs
    undoes     the decision that it reverses
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, null=True, related_name="decisions")
    content = models.CharField(max_length=64, blank=True, db_index=True)
    person_id = models.BigIntegerField(null=True, db_index=True)
    moderator_id = models.BigIntegerField(null=True)
    moderator_name = models.CharField(max_length=200, blank=True)
    act = models.CharField(max_length=32, choices=Act)
    statement = models.TextField(blank=True, max_length=STATEMENT_LIMIT_CHARACTERS)
    facts = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.content or self.person_id}"


class SanctionKind(models.TextChoices):
    """A silenced person reads and does not write; a suspended one can neither sign in nor use tokens."""

    SILENCE = "silence", _("Silenced")
    SUSPEND = "suspend", _("Suspended")


class Sanction(models.Model):
    """What a person may not do for a time.

    until  None is without end
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=SanctionKind)
    until = models.DateTimeField(null=True)
    reason = models.TextField(max_length=STATEMENT_LIMIT_CHARACTERS)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "kind"], condition=Q(lifted_at=None), name="sanctions_in_force"),
            models.Index(fields=["user", "-created_at"], name="sanctions_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > timezone.now())


class BanKind(models.TextChoices):
    MAIL_DOMAIN = "mail_domain", _("Mail domain")
    NETWORK = "network", _("Network")


class Ban(models.Model):
    """A mail domain with its subdomains, or a network, that can neither sign up nor post.

    value  a domain in lower case, or a network such as 192.0.2.0/24
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=BanKind)
    value = models.CharField(max_length=255)
    until = models.DateTimeField(null=True)
    reason = models.TextField(max_length=STATEMENT_LIMIT_CHARACTERS)
    created_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"], condition=Q(lifted_at=None), name="one_ban_per_value"
            )
        ]

    def __str__(self) -> str:
        return self.value


class Block(models.Model):
    """One person does not want to hear from another."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "blocked"], name="one_block_per_pair"),
            models.CheckConstraint(condition=~Q(person=models.F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} blocks {self.blocked_id}"


class TrustLevel(models.IntegerChoices):
    NEW = 0, _("New")
    BASIC = 1, _("Basic")
    MEMBER = 2, _("Member")
    REGULAR = 3, _("Regular")
    LEADER = 4, _("Leader")


class Trust(models.Model):
    """How much a person is trusted. A person without a row is new.

    is_locked         staff chose the level, and the daily recompute leaves it
    upheld, rejected  reports that they made, by how they ended
    approved          texts of theirs that a moderator approved
    has_proof         whether they solved the challenge when they signed up; None if there was none
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField(choices=TrustLevel, default=TrustLevel.NEW)
    is_locked = models.BooleanField(default=False)
    upheld = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    approved = models.PositiveIntegerField(default=0)
    has_proof = models.BooleanField(null=True)
    computed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.level}"

    @property
    def accuracy(self) -> float:
        """How much the person's reports count: 1 at first, less with each that was rejected."""
        return (self.upheld + 2) / (self.upheld + self.rejected + 2)


class Visit(models.Model):
    """A day (UTC) on which a person used the site, and for how many minutes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_visit_per_day")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.day}"


class SwitchMode(models.TextChoices):
    BASIC = "basic", _("New accounts can't post")
    STAFF = "staff", _("Only the staff can post")


class EmergencySwitch(models.Model):
    """A time in which only trusted people, or only the staff, may post. The latest one counts."""

    mode = models.CharField(max_length=16, choices=SwitchMode)
    is_sign_up_off = models.BooleanField(default=False)
    reason = models.TextField(max_length=STATEMENT_LIMIT_CHARACTERS)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-ends_at"], name="switches_by_end")]

    def __str__(self) -> str:
        return f"{self.mode} until {self.ends_at:%Y-%m-%d %H:%M}"


class SavedReply(models.Model):
    """A statement of reasons that moderators reuse."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=100, unique=True)
    text = models.TextField(max_length=STATEMENT_LIMIT_CHARACTERS)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
