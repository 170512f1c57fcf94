"""Sets and removes avatars."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import administered_namespace
from ..audit import AccountAction
from ..avatars import CONTENT_TYPE, normalize_avatar
from ..folders import AVATARS
from ..models import Avatar, Namespace

URL_DIGITS = 32


def set_avatar(*, actor: Actor, name: str, data: bytes) -> Namespace:
    """Set the profile picture of a person or organization.

    data    content of the uploaded file
    raises  NamespaceNotFound, Forbidden, BadImage
    """
    namespace = administered_namespace(actor, name)
    image = normalize_avatar(data)
    stored = AVATARS.put_bytes(image)
    with transaction.atomic():
        AVATARS.keep(stored.sha256)
        # of two pictures set at once, the later one releases the earlier
        namespace = Namespace.objects.select_for_update().get(pk=namespace.pk)
        release_avatar(namespace)
        namespace.avatar = stored.sha256[:URL_DIGITS]
        namespace.save(update_fields=["avatar"])
        facts = {"sha256": stored.sha256, "size": stored.size, "content_type": CONTENT_TYPE}
        Avatar.objects.update_or_create(namespace=namespace, defaults=facts)
        record(actor, AccountAction.NAMESPACE_AVATAR_SET, namespace.name)
    return namespace


@transaction.atomic
def remove_avatar(*, actor: Actor, name: str) -> Namespace:
    """raises  NamespaceNotFound, Forbidden"""
    namespace = administered_namespace(actor, name, lock=True)
    release_avatar(namespace)
    Avatar.objects.filter(namespace=namespace).delete()
    namespace.avatar = ""
    namespace.save(update_fields=["avatar"])
    record(actor, AccountAction.NAMESPACE_AVATAR_REMOVED, namespace.name)
    return namespace


def release_avatar(namespace: Namespace) -> None:
    """Delete the current picture of a namespace after the commit, unless somebody has the same one."""
    for sha256 in Avatar.objects.filter(namespace=namespace).values_list("sha256", flat=True):
        AVATARS.release(sha256)
