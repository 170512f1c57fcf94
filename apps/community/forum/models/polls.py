"""Polls: options, and one ballot a person for each option that they chose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .topics import Topic


class ResultsShown(models.TextChoices):
    """When people who may vote see the numbers."""

    ALWAYS = "always", _("Always")
    AFTER_VOTE = "after_vote", _("After voting")
    CLOSED = "closed", _("When the poll is closed")


class Poll(models.Model):
    """The poll of a topic.

    max_choices   options that one person may choose
    is_secret     who chose what is never shown
    closes_at     when it closes by itself
    voter_count   people with a ballot
    """

    topic = models.OneToOneField(Topic, on_delete=models.CASCADE, related_name="poll")
    max_choices = models.PositiveSmallIntegerField(default=1)
    is_secret = models.BooleanField(default=True)
    results_shown = models.CharField(max_length=16, choices=ResultsShown, default=ResultsShown.ALWAYS)
    closes_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    voter_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Poll of {self.topic_id}"

    @property
    def is_closed(self) -> bool:
        """Whether it was closed or its time has come."""
        is_over = self.closes_at is not None and self.closes_at <= timezone.now()
        return self.closed_at is not None or is_over


class PollOption(models.Model):
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    vote_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["poll", "position"], name="one_option_per_position")]

    def __str__(self) -> str:
        return self.text


class Ballot(models.Model):
    """A person's choice of one option."""

    option = models.ForeignKey(PollOption, on_delete=models.CASCADE, related_name="ballots")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["option", "user"], name="one_vote_per_option")]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.option_id}"
