"""Following repositories that got another address."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.users.accounts.models import AccessToken

from ..access import lock_job
from ..models import ACTIVE, Lineage
from .claim import grants_of


@transaction.atomic
def follow_rename(repo_key: UUID, address: str) -> None:
    """Write a repository's new address into the lineage, and into orders that are not over, with their keys.

    address  "owner/name"
    """
    rows = Lineage.objects.filter(repo_key=repo_key)
    active = list(rows.filter(job__state__in=ACTIVE, direction="input").values_list("job", "name"))
    rows.update(address=address)
    for job_id, name in active:
        _follow(job_id, name, address)


def _follow(job_id: UUID, name: str, address: str) -> None:
    job = lock_job(job_id)
    job.inputs = {**job.inputs, name: {**job.inputs[name], "address": address}}
    job.save(update_fields=["inputs"])
    AccessToken.objects.filter(job_id=job.pk, revoked_at=None).update(grants=grants_of(job))
