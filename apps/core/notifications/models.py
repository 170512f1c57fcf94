"""Subscriptions, events, notifications, mail choices, and replies by mail."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

TARGET_LIMIT_CHARACTERS = 200
TITLE_LIMIT_CHARACTERS, EXCERPT_LIMIT_CHARACTERS = 300, 2000


class Level(models.TextChoices):
    """What a person hears of a target.

    WATCH   is notified of everything
    TRACK   sees counts of what is new
    NORMAL  hears only what concerns them, such as mentions
    MUTE    hears nothing, not even mentions
    """

    WATCH = "watch", _("Watch")
    TRACK = "track", _("Track")
    NORMAL = "normal", _("Normal")
    MUTE = "mute", _("Mute")


class Reason(models.TextChoices):
    """Why a person is notified.

    PERSONAL  the event is about them, such as their job or an invitation
    """

    WATCHING = "watching", _("You watch this")
    MENTION = "mention", _("You were mentioned")
    REPLY = "reply", _("Somebody replied to you")
    PERSONAL = "personal", _("This is about you")


class MailMode(models.TextChoices):
    EACH = "each", _("At once")
    DIGEST = "digest", _("In a digest")
    NONE = "none", _("Never")


class DigestPeriod(models.TextChoices):
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")


class Subscription(models.Model):
    """A person's level for a target.

    target  what is watched or muted, such as `thread:12`: the name of a TargetKind and a key
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=TARGET_LIMIT_CHARACTERS)
    level = models.CharField(max_length=8, choices=Level)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "target"], name="one_level_per_target")]
        indexes = [
            models.Index(
                fields=["target", "user"], condition=Q(level=Level.WATCH), name="subscription_watchers"
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.target}"


class Event(models.Model):
    """Something that happened and is told to the people whom it concerns, by the light worker.

    kind         name of the NotificationKind
    source       what it is about, such as `post:12`; each source is told once per kind
    actor        who did it; they are not told
    targets      whose subscriptions count, the most specific first
    direct       reasons by user id (text) of people who are told without watching
    mail_thread  mails about the same conversation share it, such as `thread:12`
    facts        of the kind
    cursor       the last user id that was dealt with
    finished_at  when all were told
    withdrawn_at when its source was hidden: nobody is told any more, and inboxes leave it out
    """

    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=TARGET_LIMIT_CHARACTERS)
    title = models.CharField(max_length=TITLE_LIMIT_CHARACTERS)
    path = models.CharField(max_length=500)
    excerpt = models.TextField(blank=True, max_length=EXCERPT_LIMIT_CHARACTERS)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    targets = models.JSONField(default=list)
    direct = models.JSONField(default=dict)
    mail_thread = models.CharField(max_length=TARGET_LIMIT_CHARACTERS, blank=True)
    facts = models.JSONField(default=dict)
    cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source"], name="one_event_per_source")]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(finished_at=None, withdrawn_at=None),
                name="events_unfinished",
            ),
            models.Index(fields=["finished_at"], name="events_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class Notification(models.Model):
    """An event in a person's inbox.

    public_id   identifies it in URLs and the REST API
    kind        of the event, for filters
    mail        how it is mailed, as the person chose when it was told
    claimed_at  when a worker began to mail it
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    reason = models.CharField(max_length=16, choices=Reason)
    mail = models.CharField(max_length=8, choices=MailMode, default=MailMode.NONE)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="one_notification_per_event")]
        indexes = [
            models.Index(fields=["user", "-id"], condition=Q(archived_at=None), name="notifications_inbox"),
            models.Index(
                fields=["user"], condition=Q(read_at=None, archived_at=None), name="notifications_unread"
            ),
            models.Index(
                fields=["id"], condition=Q(mail=MailMode.EACH, mailed_at=None), name="notifications_to_mail"
            ),
            models.Index(
                fields=["user"],
                condition=Q(mail=MailMode.DIGEST, mailed_at=None),
                name="notifications_to_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class MailChoice(models.Model):
    """How a person wants a kind of notification by mail, if not as the kind proposes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    mode = models.CharField(max_length=8, choices=MailMode)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_mail_choice_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mode}"


class Preferences(models.Model):
    """What a person chose for all kinds.

    watches_own   watch what they start or reply to
    digest        how long news wait at most for a digest
    bounced_at    when their address refused mail: nothing is sent to it
    bounced_email the address that refused
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    watches_own = models.BooleanField(default=True)
    digest = models.CharField(max_length=8, choices=DigestPeriod, default=DigestPeriod.DAILY)
    bounced_at = models.DateTimeField(null=True)
    bounced_email = models.EmailField(blank=True)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"


class ReceivedReply(models.Model):
    """A mail that was taken as an answer: providers deliver some twice.

    digest  hash of its Message-ID
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user", "created_at"], name="replies_of_a_person")]

    def __str__(self) -> str:
        return self.digest[:12]
