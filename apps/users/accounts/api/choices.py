"""Enumerations of the REST API, where the stored or the hub's values have other names."""

from django.db import models


class NamespaceRole(models.TextChoices):
    """A role in an organization, and the access that a token's grant gives."""

    READ = "read"
    CONTRIBUTE = "contribute"
    WRITE = "write"
    ADMIN = "admin"


class TokenRole(models.TextChoices):
    """What an access token may do: read and write reach all that its person can, fine_grained its grants."""

    READ = "read"
    WRITE = "write"
    FINE_GRAINED = "fine_grained"


class CredentialKind(models.TextChoices):
    """What a request authenticates with."""

    ACCESS_TOKEN = "access_token"
    JOB_KEY = "job_key"
    OAUTH_APPLICATION = "oauth_application"


class GrantKind(models.TextChoices):
    """What a grant of a fine-grained token covers.

    namespace: all repositories and packages of a person or organization. package: one project of the package
    index. organization: members, invitations, profile
    and avatar of an organization.
    """

    ORGANIZATION = "organization"
    NAMESPACE = "namespace"
    MODEL = "model"
    DATASET = "dataset"
    SPACE = "space"
    PACKAGE = "package"
