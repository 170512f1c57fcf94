"""Projects and their versions."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from packaging.version import Version

from apps.users.accounts.models import Namespace

from ..names import NAME_LIMIT_CHARACTERS, project_key, resemblance


class ProjectStatus(models.TextChoices):
    """Whether a project is maintained.

    source  "Project status markers" of the Python packaging specifications
    """

    ACTIVE = "active", pgettext_lazy("project", "Active")
    ARCHIVED = "archived", pgettext_lazy("project", "Archived")
    DEPRECATED = "deprecated", pgettext_lazy("project", "Deprecated")
    QUARANTINED = "quarantined", pgettext_lazy("project", "In quarantine")


class Step(models.TextChoices):
    """The step of the trade that a tool is for."""

    COLLECT = "collect", _("Collect data")
    PREPROCESS = "preprocess", _("Preprocess")
    TRAIN = "train", _("Train")
    EVALUATE = "evaluate", _("Evaluate")
    OPTIMIZE = "optimize", _("Optimize")
    DEPLOY = "deploy", _("Deploy")
    EXPLAIN = "explain", _("Explain")


def new_id() -> str:
    """Return a random id."""
    return secrets.token_hex(8)


class Project(models.Model):
    """A project of the index, which has one owner.

    public_id       says nothing of how many projects there are
    name            as its author writes it
    key             normalized, unique on the site
    resemblance     what names have in common that people confuse
    status          also decides which files the index lists
    status_reason   a sentence that clients may show
    restored_status the status before quarantine
    serial          grows with each change that the index shows
    summary         of the latest version, which `latest` names
    downloads       of whole files, all time
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=NAME_LIMIT_CHARACTERS)
    key = models.CharField(max_length=NAME_LIMIT_CHARACTERS, unique=True)
    resemblance = models.CharField(max_length=NAME_LIMIT_CHARACTERS, db_index=True)
    is_private = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=ProjectStatus, default=ProjectStatus.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    restored_status = models.CharField(max_length=16, choices=ProjectStatus, blank=True)
    step = models.CharField(max_length=16, choices=Step, blank=True)
    serial = models.BigIntegerField(default=0)
    summary = models.CharField(max_length=512, blank=True)
    latest = models.CharField(max_length=100, blank=True)
    downloads = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="projects_by_change"),
            models.Index(fields=["-downloads", "-id"], name="projects_by_downloads"),
            models.Index(fields=["step", "-downloads", "-id"], name="projects_by_step"),
            GinIndex(fields=["key"], opclasses=["gin_trgm_ops"], name="project_trigrams"),
            GinIndex(models.Func("name", "summary", "key", function="search_names"), name="project_terms"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        self.key = project_key(self.name)
        self.resemblance = resemblance(self.key)
        super().save(**options)

    def get_absolute_url(self) -> str:
        return f"/tools/{self.key}"

    @property
    def is_quarantined(self) -> bool:
        return self.status == ProjectStatus.QUARANTINED

    @property
    def takes_uploads(self) -> bool:
        return self.status in (ProjectStatus.ACTIVE, ProjectStatus.DEPRECATED)


class ProjectVersion(models.Model):
    """A version of a project, with the core metadata of its first file.

    version       normalized
    details       further core metadata by the names of the JSON form, such as `requires_dist`
    is_prerelease also for development versions
    yanked_at     when it was withdrawn: installers ignore it unless it is pinned
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=100)
    is_prerelease = models.BooleanField(default=False)
    summary = models.CharField(max_length=512, blank=True)
    description = models.TextField(blank=True)
    description_type = models.CharField(max_length=100, blank=True)
    requires_python = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    yanked_at = models.DateTimeField(null=True)
    yanked_reason = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="one_row_per_version")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="versions_by_age"),
            models.Index(fields=["project", "-created_at", "-id"], name="versions_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.version}"

    def get_absolute_url(self) -> str:
        return f"/tools/{self.project.key}/versions/{self.version}"

    @property
    def is_yanked(self) -> bool:
        return self.yanked_at is not None

    @property
    def parsed(self) -> Version:
        """The version to sort by."""
        return Version(self.version)


class RetiredName(models.Model):
    """The name of a deleted project: only its last owner may use it again."""

    key = models.CharField(max_length=NAME_LIMIT_CHARACTERS, unique=True)
    namespace = models.ForeignKey(Namespace, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key
