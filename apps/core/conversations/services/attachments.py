"""Files in posts: uploaded before the post is sent, tied to the first post whose text links to them."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.declaration import declared
from apps.core.errors import TooMany, Unauthenticated

from ..files import accept_file, safe_name
from ..folders import ATTACHMENTS
from ..models import Attachment, Post

KEY_BYTES = 16
UNSENT_LIMIT, UNSENT_KEPT = 50, timedelta(days=2)
BATCH = 500
_LINKED = re.compile(r"/attachments/([A-Za-z0-9_-]{22})/")


def store_attachment(*, actor: Actor, name: str, data: bytes) -> Attachment:
    """Store a file that a post will link to; it counts for the storage of the uploader.

    raises  Unauthenticated, BadAttachment, OverQuota, TooManyRequests with too many unsent files
    """
    if actor.user_id is None or actor.namespace_id is None:
        raise Unauthenticated
    if Attachment.objects.filter(uploader_id=actor.user_id, post=None).count() >= UNSENT_LIMIT:
        raise TooMany(_("Send or delete what you have attached first."))
    file = accept_file(data)
    for check in declared().storage_checks:
        check(actor.namespace_id, len(file.data))
    stored = ATTACHMENTS.put_bytes(file.data)
    with transaction.atomic():
        ATTACHMENTS.keep(stored.sha256)
        return Attachment.objects.create(
            key=secrets.token_urlsafe(KEY_BYTES),
            uploader_id=actor.user_id,
            owner_id=actor.namespace_id,
            sha256=stored.sha256,
            size=stored.size,
            name=safe_name(name),
            media_type=file.media_type,
            width=file.width,
            height=file.height,
        )


def attach_files(post: Post) -> None:
    """Tie the author's unsent files that the text links to, so that readers of the post may read them."""
    keys = set(_LINKED.findall(post.source))
    if keys:
        writer = post.editor_id or post.author_id
        Attachment.objects.filter(key__in=keys, post=None, uploader_id=writer).update(post=post)


def sweep_attachments() -> int:
    """Delete files that no post links to after two days; return how many."""
    old = Attachment.objects.filter(post=None, created_at__lt=timezone.now() - UNSENT_KEPT)
    return sum(_delete(pk) for pk in list(old.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _delete(pk: int) -> bool:
    attachment = Attachment.objects.select_for_update(skip_locked=True).filter(pk=pk, post=None).first()
    if attachment is None:
        return False
    ATTACHMENTS.release(attachment.sha256)
    attachment.delete()
    return True
