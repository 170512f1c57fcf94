"""Updates addresses after renames, and deletes the jobs of removed namespaces."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from apps.users.accounts.errors import StillOwns
from apps.users.accounts.models import AccessToken, Namespace

from ..access import lock_job
from ..models import ACTIVE, Job, Lineage
from .claim import grants_of


@transaction.atomic
def update_repo_address(repo_key: UUID, address: str) -> None:
    """Update a repository's address in the lineage and in active jobs with their keys.

    address  "owner/name"
    """
    rows = Lineage.objects.filter(repo_key=repo_key)
    active = list(rows.filter(job__state__in=ACTIVE, direction="input").values_list("job", "name"))
    rows.update(address=address)
    for job_id, name in active:
        job = lock_job(job_id)
        job.inputs = {**job.inputs, name: {**job.inputs[name], "address": address}}
        _save_addresses(job)


def update_namespace_address(namespace: Namespace, key_before: str) -> None:
    """Update a namespace's name in the lineage and in active jobs with their keys."""
    rows = Lineage.objects.filter(address__istartswith=f"{key_before}/")
    active = set(rows.filter(job__state__in=ACTIVE).values_list("job", flat=True))
    active |= set(Job.objects.filter(namespace=namespace, state__in=ACTIVE).values_list("pk", flat=True))
    rows.update(address=Concat(Value(namespace.name), Substr("address", len(key_before) + 1)))
    for job_id in active:
        job = lock_job(job_id)
        job.inputs = {name: _with_new_owner(repo, namespace, key_before) for name, repo in job.inputs.items()}
        job.output = _with_new_owner(job.output, namespace, key_before) if job.output else None
        _save_addresses(job)


def _with_new_owner(repo: dict[str, Any], namespace: Namespace, key_before: str) -> dict[str, Any]:
    owner, _slash, name = repo["address"].partition("/")
    return {**repo, "address": f"{namespace.name}/{name}"} if owner.casefold() == key_before else repo


def _save_addresses(job: Job) -> None:
    job.save(update_fields=["inputs", "output"])
    AccessToken.objects.filter(job_id=job.pk, revoked_at=None).update(grants=grants_of(job))


def delete_namespace_jobs(namespace: Namespace) -> None:
    """Delete the jobs of a removed namespace; the receipts app has deleted their receipts before.

    raises  StillOwns while one of them is active
    """
    if Job.objects.filter(namespace=namespace, state__in=ACTIVE).exists():
        raise StillOwns(
            _("%(name)s has active jobs. Cancel them or wait until they finish.") % {"name": namespace.name}
        )
    Job.objects.filter(namespace=namespace).delete()
