"""What happens to repositories when the name that owns them changes or goes."""

from __future__ import annotations

from django.db.models import Count, F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import ngettext

from apps.users.accounts.errors import StillOwns
from apps.users.accounts.models import Namespace

from ..models import Repo


def follow_namespace(namespace: Namespace, key_before: str) -> None:
    """Let the repositories of a renamed namespace follow; old addresses lead on by the namespace's own redirect."""
    Repo.objects.filter(namespace=namespace).update(address_key=Concat(Value(f"{namespace.key}/"), F("key")))


def repos_in_namespace(namespace: Namespace) -> list[str]:
    """Say which repositories keep a name from being removed."""
    found = Repo.objects.filter(namespace=namespace).aggregate(
        live=Count("pk", filter=Q(deleted_at=None)), all=Count("pk")
    )
    live, deleted = found["live"], found["all"] - found["live"]
    sentences = []
    if live:
        words = ngettext(
            "%(count)s repository keeps the name: move or delete it first.",
            "%(count)s repositories keep the name: move or delete them first.",
            live,
        )
        sentences.append(words % {"count": live})
    if deleted:
        words = ngettext(
            "%(count)s deleted repository keeps the name until it goes for good, 30 days after its deletion.",
            "%(count)s deleted repositories keep the name until they go for good, 30 days after their deletion.",
            deleted,
        )
        sentences.append(words % {"count": deleted})
    return sentences


def keep_owned_namespace(namespace: Namespace) -> None:
    """Refuse to remove a name while repositories stand under it, also those that can still be brought back.

    raises  StillOwns
    """
    count = Repo.objects.filter(namespace=namespace).count()
    if count:
        words = ngettext(
            "%(count)d repository stands under the name %(name)s. Delete or move it first; a deleted one goes for good after 30 days.",
            "%(count)d repositories stand under the name %(name)s. Delete or move them first; deleted ones go for good after 30 days.",
            count,
        )
        raise StillOwns(words % {"count": count, "name": namespace.name})
