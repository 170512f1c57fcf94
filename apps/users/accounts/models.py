"""Namespaces, people, memberships, invitations and access tokens."""

from __future__ import annotations

import hashlib
import uuid

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Need


class NamespaceKind(models.TextChoices):
    PERSON = "person", _("Person")
    ORGANIZATION = "organization", _("Organization")


def drawn_avatar_url(name: str) -> str:
    return f"/avatars/{name}.svg"


class Namespace(models.Model):
    """A name that can own repositories: a person or an organization. Unique regardless of case."""

    name = models.CharField(max_length=96)
    key = models.CharField(max_length=96, unique=True)
    kind = models.CharField(max_length=16, choices=NamespaceKind, default=NamespaceKind.PERSON)
    full_name = models.CharField(max_length=200, blank=True)
    about = models.TextField(blank=True, max_length=4000)
    website = models.URLField(blank=True)
    is_private_by_default = models.BooleanField(default=False)
    avatar = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            GinIndex(fields=["key"], opclasses=["gin_trgm_ops"], name="namespace_trigrams"),
            GinIndex(
                models.Func("name", "full_name", "about", function="search_names"), name="namespace_terms"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **options: object) -> None:
        self.key = self.name.casefold()
        super().save(*args, **options)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return f"/{self.name}"

    @property
    def target(self) -> str:
        """Its name among what people can watch."""
        return f"namespace:{self.pk}"

    @property
    def is_organization(self) -> bool:
        return self.kind == NamespaceKind.ORGANIZATION

    @property
    def title(self) -> str:
        return self.full_name or self.name

    @property
    def avatar_url(self) -> str:
        return f"/avatars/{self.avatar}.webp" if self.avatar else ""

    @property
    def image_url(self) -> str:
        """The avatar, or one that is drawn: for clients that require an image."""
        return self.avatar_url or drawn_avatar_url(self.name)


class Avatar(models.Model):
    """The re-encoded profile picture of a namespace; its bytes are an object (`folders.AVATARS`).

    sha256  in hex; the first half is in its URL
    size    in bytes
    """

    namespace = models.OneToOneField(Namespace, on_delete=models.CASCADE, related_name="avatar_row")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=32)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.sha256


class NamespaceRedirect(models.Model):
    """A former name, which redirects to the new one until someone else takes it."""

    key = models.CharField(max_length=96, unique=True)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="redirects")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.key} -> {self.namespace}"


class User(AbstractUser):
    """A person who signs in; `username` mirrors the name of their namespace."""

    username = models.CharField(_("name"), max_length=96, unique=True)
    namespace = models.OneToOneField(Namespace, on_delete=models.PROTECT, related_name="person")
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    must_change_password = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.username

    def get_absolute_url(self) -> str:
        return f"/{self.username}"

    @property
    def verified_email(self) -> str:
        """The primary email address if it is confirmed, else empty. Others only ever see this one."""
        rows = self.emailaddress_set.all()  # type: ignore[attr-defined]  # table of django-allauth
        return next(
            (row.email for row in rows if row.verified and row.email.casefold() == self.email.casefold()), ""
        )


class Role(models.IntegerChoices):
    READ = Need.READ, _("Read")
    CONTRIBUTE = Need.CONTRIBUTE, _("Contribute")
    WRITE = Need.WRITE, _("Write")
    ADMIN = Need.ADMIN, _("Admin")


class Membership(models.Model):
    """A person's role in an organization."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role, default=Role.READ)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "user"], name="one_role_per_member")]

    def __str__(self) -> str:
        return f"{self.user} in {self.namespace}: {self.get_role_display()}"


class Invitation(models.Model):
    """A pending invitation to an organization.

    public_id  identifies it in URLs and the REST API
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    role = models.PositiveSmallIntegerField(choices=Role, default=Role.READ)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "user"], name="one_invitation_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.namespace}: {self.get_role_display()}"


class TokenRole(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Write")
    FINE_GRAINED = "fineGrained", _("Fine-grained")
    JOB = "job", _("Job")
    WORKER = "worker", _("Worker")


def token_hash(raw: str) -> str:
    """Return the stored form of a token. Tokens are 32 random bytes, so a single SHA-256 is enough."""
    return hashlib.sha256(raw.encode()).hexdigest()


class AccessToken(models.Model):
    """A credential for programs, shown once and stored as a hash.

    public_id  identifies it in URLs and the REST API
    grants     of a fine-grained token: [{"target": "model:owner/name", "need": 1..4}]
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=16, choices=TokenRole, default=TokenRole.READ)
    hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)
    grants = models.JSONField(default=list)
    job_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    @property
    def is_over(self) -> bool:
        return self.revoked_at is not None or (
            self.expires_at is not None and self.expires_at <= timezone.now()
        )
