"""What happens to repositories when their namespace is renamed or removed."""

from __future__ import annotations

from django.db.models import Count, F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import ngettext

from apps.users.accounts.errors import StillOwns
from apps.users.accounts.models import Namespace

from ..models import Repo


def follow_namespace(namespace: Namespace, key_before: str) -> None:
    """Update the addresses of repositories in a renamed namespace; its redirect keeps old links working."""
    Repo.objects.filter(namespace=namespace).update(address_key=Concat(Value(f"{namespace.key}/"), F("key")))


def repos_in_namespace(namespace: Namespace) -> list[str]:
    """Return sentences about the repositories that block the removal of a namespace."""
    found = Repo.objects.filter(namespace=namespace).aggregate(
        live=Count("pk", filter=Q(deleted_at=None)), all=Count("pk")
    )
    live, deleted = found["live"], found["all"] - found["live"]
    sentences = []
    if live:
        message = ngettext(
            "Move or delete your %(count)s repository first.",
            "Move or delete your %(count)s repositories first.",
            live,
        )
        sentences.append(message % {"count": live})
    if deleted:
        message = ngettext(
            "%(count)s deleted repository keeps this name until it is purged 30 days after deletion.",
            "%(count)s deleted repositories keep this name until they are purged 30 days after deletion.",
            deleted,
        )
        sentences.append(message % {"count": deleted})
    return sentences


def check_owns_no_repos(namespace: Namespace) -> None:
    """Refuse to remove a namespace that owns repositories, including deleted ones that can be restored.

    raises  StillOwns
    """
    count = Repo.objects.filter(namespace=namespace).count()
    if count:
        message = ngettext(
            "%(name)s still owns %(count)d repository. Move or delete it first. "
            "Deleted repositories are purged after 30 days.",
            "%(name)s still owns %(count)d repositories. Move or delete them first. "
            "Deleted repositories are purged after 30 days.",
            count,
        )
        raise StillOwns(message % {"count": count, "name": namespace.name})
