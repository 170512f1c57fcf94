"""Categories: a tree of places, each with its rights to read, reply and start topics."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.users.accounts.models import Namespace, Role

# the whole tree is read at once
CATEGORIES_LIMIT, DEPTH_LIMIT = 300, 3
# of the series of charts
COLORS = 8


class Audience(models.TextChoices):
    """Who has a right; an organization's members have it from a role on."""

    EVERYONE = "everyone", _("Everyone")
    SIGNED_IN = "signed_in", _("Signed-in users")
    ORGANIZATION = "organization", _("An organization")
    STAFF = "staff", _("Staff")


class Category(models.Model):
    """A place for topics. Nobody reads it who may not read all categories above it.

    color            of the series of charts, 1 to `COLORS`
    line             ids from the root to this category
    organization     whose members the audience `organization` means; its admins moderate
    read_role        least role of such members, likewise for the other rights
    is_public        everyone may read it and all above it
    template         text that a new topic begins with
    slow_mode_seconds, closes_after_days  of new topics
    topic_count      listed topics, post_count their visible posts; both without subcategories
    last_topic       the one with the newest post
    """

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    line = ArrayField(models.BigIntegerField(), default=list)
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    name = models.CharField(max_length=80)
    about = models.TextField(max_length=1000, blank=True)
    color = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField(default=0)
    template = models.TextField(max_length=8000, blank=True)
    organization = models.ForeignKey(Namespace, on_delete=models.SET_NULL, null=True, related_name="+")
    read_audience = models.CharField(max_length=16, choices=Audience, default=Audience.EVERYONE)
    read_role = models.PositiveSmallIntegerField(choices=Role, default=Role.READ)
    reply_audience = models.CharField(max_length=16, choices=Audience, default=Audience.SIGNED_IN)
    reply_role = models.PositiveSmallIntegerField(choices=Role, default=Role.READ)
    create_audience = models.CharField(max_length=16, choices=Audience, default=Audience.SIGNED_IN)
    create_role = models.PositiveSmallIntegerField(choices=Role, default=Role.READ)
    is_public = models.BooleanField(default=True)
    slow_mode_seconds = models.PositiveIntegerField(default=0)
    closes_after_days = models.PositiveSmallIntegerField(null=True)
    topic_count = models.PositiveIntegerField(default=0)
    post_count = models.PositiveIntegerField(default=0)
    last_topic = models.ForeignKey("Topic", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/forum/c/{self.slug}"

    @property
    def depth(self) -> int:
        return len(self.line)
