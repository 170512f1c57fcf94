"""Former texts of posts."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import check_moderator, post_for
from ..audit import Action
from ..errors import FormerTextNotFound
from ..models import PostRevision


@transaction.atomic
def purge_revision(*, actor: Actor, post_id: int | str, number: int) -> PostRevision:
    """Remove a former text for good, such as one with personal data. Who wrote it and when stays.

    The text that the post has now is edited first, which makes it a former one.

    raises  PostNotFound, Forbidden, FormerTextNotFound
    """
    post = post_for(actor, post_id, lock=True)
    check_moderator(actor, post.thread)
    revision = post.revisions.filter(number=number).first()
    if revision is None:
        raise FormerTextNotFound
    if revision.purged_at is None:
        revision.source, revision.purged_at = "", timezone.now()
        revision.save(update_fields=["source", "purged_at"])
        record(actor, Action.REVISION_PURGED, post, number=number)
    return revision
