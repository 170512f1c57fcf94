"""Choosing a picture, and taking it away."""

from __future__ import annotations

import hashlib

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import managed_namespace
from ..models import Namespace, Picture
from ..pictures import drawn_picture


def set_picture(*, actor: Actor, name: str, data: bytes) -> Namespace:
    """Show a person or an organisation with a picture.

    data    the file as it was sent
    raises  NamespaceNotFound, Forbidden, BadPicture
    """
    namespace = managed_namespace(actor, name)
    image = drawn_picture(data)
    with transaction.atomic():
        namespace.picture = hashlib.sha256(image).hexdigest()[:32]
        namespace.save(update_fields=["picture"])
        Picture.objects.update_or_create(
            namespace=namespace, defaults={"digest": namespace.picture, "image": image}
        )
        record(actor, "namespace.picture_set", namespace.name)
    return namespace


@transaction.atomic
def remove_picture(*, actor: Actor, name: str) -> Namespace:
    """raises  NamespaceNotFound, Forbidden"""
    namespace = managed_namespace(actor, name)
    Picture.objects.filter(namespace=namespace).delete()
    namespace.picture = ""
    namespace.save(update_fields=["picture"])
    record(actor, "namespace.picture_removed", namespace.name)
    return namespace
