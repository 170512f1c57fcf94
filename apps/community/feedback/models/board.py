"""Boards, the statuses and the labels that each defines."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.conversations.models import PostState
from apps.registry.repos.models import Repo
from apps.users.accounts.models import Namespace

BOARD_NAME_CHARACTERS = 80
ABOUT_CHARACTERS = 1000
TEMPLATE_CHARACTERS = 4000


class Board(models.Model):
    """A place for ideas and bug reports.

    slug          in its address, unique on the site
    namespace     person or organization that it belongs to
    repo          repository that it belongs to; without both it is a board of the site
    is_private    only its team sees it
    state         a held or hidden board is seen by its team and the site's moderators
    created_by    who opened it
    takes_bugs    it has a form for bug reports and security reports
    bug_template  text that a bug report starts with
    idea_count    ideas and bug reports that every reader of the board sees
    """

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=BOARD_NAME_CHARACTERS)
    about = models.CharField(max_length=ABOUT_CHARACTERS, blank=True)
    namespace = models.ForeignKey(
        Namespace, on_delete=models.CASCADE, null=True, related_name="feedback_boards"
    )
    repo = models.OneToOneField(Repo, on_delete=models.CASCADE, null=True, related_name="feedback_board")
    is_private = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=PostState, default=PostState.VISIBLE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    is_archived = models.BooleanField(default=False)
    takes_bugs = models.BooleanField(default=True)
    bug_template = models.TextField(max_length=TEMPLATE_CHARACTERS, blank=True)
    position = models.PositiveIntegerField(default=0)
    idea_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(namespace=None) | Q(repo=None), name="board_has_at_most_one_owner"
            )
        ]
        indexes = [
            models.Index(fields=["position", "id"], name="boards_in_order"),
            models.Index(fields=["created_by"], name="boards_by_creator"),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return f"/feedback/boards/{self.slug}"

    @property
    def target(self) -> str:
        """What people watch to hear of everything on it."""
        return f"board:{self.pk}"

    @property
    def owner_id(self) -> int | None:
        """Id of the namespace whose writers are its team; None for a board of the site."""
        return self.repo.namespace_id if self.repo else self.namespace_id


class StatusKind(models.TextChoices):
    """What a status means, whatever its board calls it."""

    OPEN = "open", _("Under review")
    PLANNED = "planned", _("Planned")
    STARTED = "started", _("In progress")
    DONE = "done", _("Shipped")
    DECLINED = "declined", _("Declined")


class BoardStatus(models.Model):
    """A status of a board's ideas.

    slug           unique in the board
    name           if it is not the name of its kind
    is_on_roadmap  it is a column of the roadmap
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="statuses")
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=16, choices=StatusKind)
    position = models.PositiveIntegerField(default=0)
    is_on_roadmap = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "slug"], name="one_status_per_slug"),
            models.UniqueConstraint(
                fields=["board"], condition=Q(is_default=True), name="one_default_status_per_board"
            ),
        ]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.slug

    @property
    def label(self) -> str:
        return self.name or str(StatusKind(self.kind).label)


class Label(models.Model):
    """A label of a board.

    is_open  everybody who writes an idea can give it the label, not only the team
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=40, editable=False)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "key"], name="one_label_per_name")]
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **options: object) -> None:
        self.key = self.name.casefold()[:40]
        super().save(*args, **options)  # type: ignore[arg-type]
