"""What happens to repositories when the name that owns them changes or goes."""

from __future__ import annotations

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils.translation import ngettext

from apps.users.accounts.errors import StillOwns
from apps.users.accounts.models import Namespace

from ..models import Repo


def follow_namespace(namespace: Namespace, key_before: str) -> None:
    """Let the repositories of a renamed namespace follow; old addresses lead on by the namespace's own redirect."""
    Repo.objects.filter(namespace=namespace).update(address_key=Concat(Value(f"{namespace.key}/"), F("key")))


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
