"""Repositories, their relations, locks, access requests and download counts."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.registry.formats.cards.task_names import task_name

from .addresses import Address, RepoKind


class Gating(models.TextChoices):
    """How people get access to the files. The values are those of `gated` in the hub protocol."""

    NONE = "", _("Not gated")
    AUTO = "auto", _("Automatic approval")
    MANUAL = "manual", _("Manual approval")


KEPT = models.Q(deleted_at=None)
FACETS = ["is_private", "task", "library", "license", "languages"]


class RepoManager(models.Manager["Repo"]):
    """Defers columns that only the database reads."""

    def get_queryset(self) -> models.QuerySet[Repo]:
        return super().get_queryset().defer("terms")


class Repo(models.Model):
    """A repository. Git holds its files; everything below `derived` can be rebuilt from them.

    id    also the name of the git folder and the key of its large objects
    head  commit of the default branch, empty if there is none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=RepoKind, default=RepoKind.MODEL)
    namespace = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="repos")
    name = models.CharField(max_length=96)
    key = models.CharField(max_length=96)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    is_private = models.BooleanField(default=False)
    gating = models.CharField(max_length=6, choices=Gating, default=Gating.NONE, blank=True)
    default_branch = models.CharField(max_length=255, default="main")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)
    downloads = models.PositiveBigIntegerField(default=0)
    downloads_all_time = models.PositiveBigIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    settings = models.JSONField(default=dict)

    # derived
    head = models.CharField(max_length=64, blank=True)
    address_key = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=600, blank=True)
    card = models.JSONField(default=dict)
    card_problem = models.CharField(max_length=600, blank=True)
    task = models.CharField(max_length=100, blank=True)
    library = models.CharField(max_length=100, blank=True)
    license = models.CharField(max_length=100, blank=True)
    languages = ArrayField(models.CharField(max_length=50), default=list)
    base_models = ArrayField(models.CharField(max_length=200), default=list)
    datasets = ArrayField(models.CharField(max_length=200), default=list)
    tags = ArrayField(models.CharField(max_length=200), default=list)
    config = models.JSONField(default=dict)
    parameters = models.BigIntegerField(null=True)
    parameters_by_dtype = models.JSONField(default=dict)
    gguf = models.JSONField(default=dict)
    size_bytes = models.BigIntegerField(default=0)
    # without large files
    regular_bytes = models.BigIntegerField(default=0)
    file_count = models.PositiveIntegerField(default=0)
    files_problem = models.CharField(max_length=600, blank=True)
    terms = models.GeneratedField(
        expression=models.Func("tags", "name", "title", "description", function="search_terms"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = RepoManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "namespace", "key"],
                condition=models.Q(deleted_at=None),
                name="one_repo_per_name",
            ),
        ]
        indexes = [
            # sort orders of lists; each ends with the id, so that a page starts with one index lookup
            models.Index(fields=["kind", "updated_at", "id"], condition=KEPT, name="repo_by_update"),
            models.Index(fields=["kind", "created_at", "id"], condition=KEPT, name="repo_by_creation"),
            models.Index(
                fields=["kind", "downloads", "updated_at", "id"], condition=KEPT, name="repo_by_downloads"
            ),
            models.Index(fields=["kind", "likes", "updated_at", "id"], condition=KEPT, name="repo_by_likes"),
            models.Index(fields=["kind", "parameters", "id"], condition=KEPT, name="repo_by_parameters"),
            # covers the facet counts
            models.Index(fields=["kind", "id"], include=FACETS, condition=KEPT, name="repo_facet_values"),
            models.Index(
                fields=["kind", "namespace"], condition=models.Q(is_private=True), name="repo_private"
            ),
            models.Index(fields=["key"], opclasses=["varchar_pattern_ops"], name="repo_name_beginnings"),
            GinIndex(fields=["address_key"], opclasses=["gin_trgm_ops"], name="repo_address_trigrams"),
            # words too short for a trigram
            GinIndex(models.Func("address_key", function="search_pairs"), name="repo_address_pairs"),
            GinIndex(
                fields=["task", "library", "license", "languages", "tags", "base_models", "datasets"],
                name="repo_facts",
            ),
            # one per kind, so that a word frequent in one kind does not slow down the others
            *[
                GinIndex(fields=["terms"], condition=models.Q(kind=kind), name=f"repo_terms_{kind}")
                for kind in RepoKind.values
            ],
            models.Index(fields=["kind"], condition=KEPT & ~models.Q(gating=""), name="repo_gated"),
        ]

    def __str__(self) -> str:
        return str(self.address)

    def save(self, *args: object, **options: object) -> None:
        self.key = self.name.casefold()
        self.address_key = f"{self.namespace.key}/{self.key}"
        super().save(*args, **options)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return f"/{self.address.path}"

    @property
    def address(self) -> Address:
        return Address(RepoKind(self.kind), self.namespace.name, self.name)

    @property
    def task_name(self) -> str:
        return task_name(self.task)


class RepoRedirect(models.Model):
    """A former address of a repository."""

    kind = models.CharField(max_length=8, choices=RepoKind)
    address_key = models.CharField(max_length=200)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="redirects")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "address_key"], name="one_redirect_per_address")
        ]

    def __str__(self) -> str:
        return f"{self.address_key} -> {self.repo_id}"


ACCESS_WORDS_LIMIT = 1000


class AccessState(models.TextChoices):
    """State of a request for access."""

    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


class AccessRequest(models.Model):
    """A person's request for access to a gated repository, or access granted without a request.

    is_requested  the person requested access, and so agreed to share name and email with the owner
    reason        given by the person
    reply         reason of a rejection
    decided_by    None with automatic approval
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="access_requests")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="access_requests")
    state = models.CharField(max_length=8, choices=AccessState, default=AccessState.PENDING)
    is_requested = models.BooleanField(default=True)
    reason = models.CharField(max_length=ACCESS_WORDS_LIMIT, blank=True)
    reply = models.CharField(max_length=ACCESS_WORDS_LIMIT, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "user"], name="one_access_request_per_person")]
        indexes = [
            models.Index(fields=["repo", "state", "created_at", "id"], name="access_requests_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} to {self.repo_id}: {self.state}"


class FileLock(models.Model):
    """A lock on a path (Git LFS), held by one person."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="locks")
    path = models.CharField(max_length=1024)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    locked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "path"], name="one_lock_per_path")]

    def __str__(self) -> str:
        return self.path


class Relation(models.TextChoices):
    """How a repository relates to one that it names; the first four are values of `base_model_relation`."""

    FINETUNE = "finetune", _("Fine-tune")
    ADAPTER = "adapter", _("Adapter")
    QUANTIZED = "quantized", _("Quantized")
    MERGE = "merge", _("Merge")
    TRAINED_ON = "trained_on", _("Trained on")


class RepoRelation(models.Model):
    """A relation to another repository, derived from the card and files.

    target      address as written; it may be on another site, or gone
    target_key  casefolded
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="relations")
    relation = models.CharField(max_length=10, choices=Relation)
    target_kind = models.CharField(max_length=8, choices=RepoKind)
    target = models.CharField(max_length=200)
    target_key = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["repo", "target_kind", "target_key"], name="one_relation_per_target"
            )
        ]
        indexes = [
            models.Index(fields=["target_kind", "target_key", "relation", "repo"], name="relations_to")
        ]

    def __str__(self) -> str:
        return f"{self.repo_id} {self.relation} {self.target}"


class DownloadDay(models.Model):
    """Downloads of a repository on one day (UTC); the repository's row holds the sums."""

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="download_days")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "day"], name="one_count_per_day")]
        indexes = [models.Index(fields=["day"], name="download_days_by_day")]

    def __str__(self) -> str:
        return f"{self.repo_id} {self.day}: {self.count}"


class PersonDownload(models.Model):
    """That a signed-in person has downloaded a repository: one row for both, kept for a year.

    latest_at  of the latest download that was counted
    """

    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    latest_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "user"], name="one_download_per_person")]
        indexes = [models.Index(fields=["latest_at"], name="person_downloads_by_age")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.repo_id}"
