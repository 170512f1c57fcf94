"""Signing the results of evaluations as receipts, and deleting receipts with their namespace."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.toolchain.artifacts.services import check_artifacts
from apps.toolchain.contracts import (
    ContractError,
    EvaluationResult,
    canonical_json,
    find_recipe,
    order_hash,
    receipt_body,
    sign_receipt,
)
from apps.toolchain.jobs.access import job_of_key
from apps.toolchain.jobs.errors import InvalidOrder, StaleAttempt
from apps.toolchain.jobs.models import Job
from apps.toolchain.results.services import store_evaluation
from apps.users.accounts.models import Namespace

from .errors import ResultMismatch
from .keys import current_key, private_key
from .models import Receipt


@transaction.atomic
def record_result(*, actor: Actor, job_id: UUID, result: EvaluationResult) -> Receipt:
    """Sign an evaluation's result; a replay returns the existing receipt.

    raises  StaleAttempt, ResultMismatch if the result belongs to another configuration, ArtifactMissing,
            Forbidden
    """
    job = job_of_key(actor, job_id)
    if result.attempt != job.attempt or not job.is_leased:
        raise StaleAttempt
    recipe = find_recipe(job.kind, job.recipe)
    if recipe is None or recipe.signed_result is None:
        raise ResultMismatch("Only evaluations have results.")
    known = Receipt.objects.filter(job=job).first()
    if known:
        return known
    check_artifacts(job, result.artifacts)
    receipt = _sign(job, result)
    store_evaluation(job, result)
    return receipt


def _sign(job: Job, result: EvaluationResult) -> Receipt:
    key, receipt_id, now = current_key(), uuid4(), timezone.now()
    try:
        body = receipt_body(
            receipt_id=str(receipt_id),
            issuer=settings.PUBLIC_URL,
            issued_at=now.isoformat(timespec="seconds"),
            key_id=key.key_id,
            spec=job.spec(settings.PUBLIC_URL),
            result=result,
            worker=job.worker.name if job.worker else "",
            operator=job.operator,
        )
        document = canonical_json(body).decode()
    except ContractError as error:
        raise ResultMismatch(str(error), fields=error.errors) from None
    except UnicodeEncodeError:
        raise InvalidOrder("The result contains invalid Unicode.") from None
    return Receipt.objects.create(
        id=receipt_id,
        job=job,
        model_key=job.pins["model"].key or None,
        dataset_key=job.pins["dataset"].key or None,
        document=document,
        signature=sign_receipt(body, private_key()),
        signing_key=key,
        operator=job.operator,
        scores=[score.to_json() for score in result.scores],
        order_hash=order_hash(body),
        issued_at=now,
    )


def delete_namespace_receipts(namespace: Namespace) -> None:
    """Delete the receipts of a removed namespace, before its jobs."""
    Receipt.objects.filter(job__namespace=namespace).delete()
