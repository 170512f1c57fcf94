"""Sets and removes avatars."""

from __future__ import annotations

import hashlib

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import managed_namespace
from ..audit import AccountAction
from ..avatars import normalize_avatar
from ..models import Avatar, Namespace


def set_avatar(*, actor: Actor, name: str, data: bytes) -> Namespace:
    """Set the profile picture of a person or organization.

    data    content of the uploaded file
    raises  NamespaceNotFound, Forbidden, BadAvatar
    """
    namespace = managed_namespace(actor, name)
    image = normalize_avatar(data)
    with transaction.atomic():
        namespace.avatar = hashlib.sha256(image).hexdigest()[:32]
        namespace.save(update_fields=["avatar"])
        Avatar.objects.update_or_create(
            namespace=namespace, defaults={"digest": namespace.avatar, "image": image}
        )
        record(actor, AccountAction.NAMESPACE_AVATAR_SET, namespace.name)
    return namespace


@transaction.atomic
def remove_avatar(*, actor: Actor, name: str) -> Namespace:
    """raises  NamespaceNotFound, Forbidden"""
    namespace = managed_namespace(actor, name)
    Avatar.objects.filter(namespace=namespace).delete()
    namespace.avatar = ""
    namespace.save(update_fields=["avatar"])
    record(actor, AccountAction.NAMESPACE_AVATAR_REMOVED, namespace.name)
    return namespace
