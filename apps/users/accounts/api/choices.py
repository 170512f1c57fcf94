"""Enumerations of the REST API, where the stored or the hub's values have other names."""

from django.db import models


class NamespaceRole(models.TextChoices):
    """A role in an organization, and the access that a token's grant gives."""

    READ = "read"
    CONTRIBUTE = "contribute"
    WRITE = "write"
    ADMIN = "admin"


class TokenRole(models.TextChoices):
    READ = "read"
    WRITE = "write"
    FINE_GRAINED = "fine_grained"


class GrantKind(models.TextChoices):
    NAMESPACE = "namespace"
    MODEL = "model"
    DATASET = "dataset"
    SPACE = "space"
