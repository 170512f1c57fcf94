"""Writing the scores of a receipt into the model's repository, in the form of the hub."""

from __future__ import annotations

import yaml
from django.conf import settings

from apps.core.actor import Actor
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.errors import RepoNotFound
from apps.registry.repos.models import Repo
from apps.toolchain.receipts.models import Receipt

from ..selectors.reported import FOLDER, token_of


def publish_scores(*, actor: Actor, receipt: Receipt) -> str:
    """Commit the scores of a receipt to the default branch of its model, and return the path of the file.

    The same scores give the same file, so that a second time changes nothing.
    raises  RepoNotFound, Forbidden, and what `commit_changes` raises
    """
    rows = Repo.objects.filter(deleted_at=None).select_related("namespace")
    repo = rows.filter(pk=receipt.model_key).first() if receipt.model_key else None
    if repo is None:
        raise RepoNotFound
    dataset = receipt.body["dataset"]["address"].partition("/")[2]
    path = f"{FOLDER}/{dataset}-{str(receipt.pk)[:8]}.yaml"
    message = f"Add the scores on {receipt.body['dataset']['address']}"
    changes = [AddFile(path, scores_file(receipt).encode())]
    commit_changes(actor=actor, address=repo.address, branch="HEAD", message=message, changes=changes)
    return path


def scores_file(receipt: Receipt) -> str:
    """Return the scores of a receipt as the hub's client writes them: one entry for each metric."""
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    body = receipt.body
    entries = [
        EvalResultEntry(
            dataset_id=body["dataset"]["address"],
            task_id=body["result"]["split"],
            value=score["value"],
            dataset_revision=body["dataset"]["commit"],
            verify_token=token_of(receipt),
            date=body["issued_at"],
            source_url=f"{settings.PUBLIC_URL}{receipt.get_absolute_url()}",
            source_name="Receipt",
            notes=score["name"],
        )
        for score in body["result"]["scores"]
    ]
    return yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True)
