"""Ideas and bug reports, votes and the log of statuses."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.conversations.models import Post, PostState, Thread
from apps.core.public_ids import ID_CHARACTERS, new_public_id

from .board import Board, BoardStatus, Label

TITLE_CHARACTERS = 200
LISTED = Q(state=PostState.VISIBLE, is_security=False, merged_into=None)


class IdeaKind(models.TextChoices):
    IDEA = "idea", _("Idea")
    BUG = "bug", _("Bug report")


class Idea(models.Model):
    """What a person proposes or reports; the first post of its thread describes it.

    key             in its address
    title_key       the title in lower case, for search
    state           of its first post: only a visible idea is seen by others than its author and the team
    is_security     a security report, which only its author and the team see
    merged_into     idea that took over its votes; its address redirects there
    official_reply  post of the team that is shown first
    vote_count      people who vote for it, here and where it was imported from
    imported_votes  votes that an import only counts, without the people
    comment_count   visible posts after the first one
    source_key      id in the file that it was imported from
    """

    key = models.CharField(max_length=ID_CHARACTERS, unique=True, default=new_public_id, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="ideas")
    kind = models.CharField(max_length=8, choices=IdeaKind, default=IdeaKind.IDEA)
    title = models.CharField(max_length=TITLE_CHARACTERS)
    title_key = models.CharField(max_length=TITLE_CHARACTERS, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="ideas"
    )
    author_name = models.CharField(max_length=96, blank=True)
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="idea")
    status = models.ForeignKey(BoardStatus, on_delete=models.RESTRICT, related_name="ideas")
    labels = models.ManyToManyField(Label, related_name="ideas")
    state = models.CharField(max_length=16, choices=PostState, default=PostState.VISIBLE)
    is_security = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")
    official_reply = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    vote_count = models.PositiveIntegerField(default=0)
    imported_votes = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    source_key = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["board", "vote_count", "created_at", "id"], condition=LISTED, name="ideas_by_votes"
            ),
            models.Index(fields=["board", "created_at", "id"], condition=LISTED, name="ideas_by_creation"),
            models.Index(
                fields=["status", "vote_count", "created_at", "id"], condition=LISTED, name="ideas_by_status"
            ),
            models.Index(fields=["author", "created_at", "id"], name="ideas_of_a_person"),
            GinIndex(fields=["title_key"], opclasses=["gin_trgm_ops"], name="idea_trigrams"),
            GinIndex(models.Func(F("title"), function="search_names"), name="idea_terms"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["board", "source_key"], condition=~Q(source_key=""), name="one_import_per_idea"
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="idea_not_merged_into_itself"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **options: object) -> None:
        self.title_key = self.title.casefold()[:TITLE_CHARACTERS]
        super().save(*args, **options)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return f"/feedback/ideas/{self.key}"

    @property
    def target(self) -> str:
        """What people watch to hear of it; whoever votes or comments does."""
        return f"idea:{self.key}"

    @property
    def targets(self) -> list[str]:
        return [self.target, self.board.target]

    @property
    def is_listed(self) -> bool:
        """Whether every reader of the board finds it in the lists."""
        return self.state == PostState.VISIBLE and not self.is_security and self.merged_into_id is None


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class Reproducibility(models.TextChoices):
    ALWAYS = "always", _("Always")
    SOMETIMES = "sometimes", _("Sometimes")
    ONCE = "once", _("Once")
    UNKNOWN = "", _("Not known")


class BugReport(models.Model):
    """The facts of a bug report.

    version      of what is broken, as its user writes it
    environment  such as operating system and library versions
    commit_sha   of the board's repository, if the report names a revision
    """

    idea = models.OneToOneField(Idea, on_delete=models.CASCADE, related_name="bug")
    version = models.CharField(max_length=80, blank=True)
    environment = models.CharField(max_length=1000, blank=True)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.MEDIUM)
    reproducibility = models.CharField(
        max_length=16, choices=Reproducibility, default=Reproducibility.UNKNOWN, blank=True
    )
    commit_sha = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.idea_id} {self.severity}"


class Vote(models.Model):
    """A person's vote for an idea.

    added_by  member of the team who voted on behalf of the person
    weight    what the team counts it as; never public
    """

    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idea_votes")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    weight = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idea", "user"], name="one_vote_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.idea_id}"


class StatusChange(models.Model):
    """A change of an idea's status.

    reply  official reply that explains it
    """

    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, related_name="status_changes")
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reply = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["idea", "created_at"], name="status_changes_of_an_idea")]

    def __str__(self) -> str:
        return f"{self.idea_id}: {self.before} -> {self.after}"
