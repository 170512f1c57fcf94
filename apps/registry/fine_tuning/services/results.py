"""The file of a fine-tune's metrics, made once it has succeeded."""

from __future__ import annotations

import csv
import io

from django.db import transaction

from apps.toolchain.files.services import store_result

from ..models import FineTune
from ..selectors.events import curve_rows
from ..selectors.state import Status, status_of

COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}


def with_result_file(found: FineTune) -> FineTune:
    """Return a fine-tune with its file of metrics, which its first reader after the success makes."""
    if found.result_file_id or found.job is None or status_of(found) != Status.SUCCEEDED:
        return found
    with transaction.atomic():
        locked = FineTune.objects.select_for_update().get(pk=found.pk)
        if locked.result_file_id is None and not locked.has_results:
            locked.result_file = store_result(
                namespace=found.namespace,
                created_by_id=found.submitted_by_id,
                filename=f"step_metrics-{found.public_id}.csv",
                data=_metrics_csv(found),
            )
            locked.has_results = True
            locked.save(update_fields=["result_file", "has_results"])
    found.result_file = locked.result_file
    return found


def _metrics_csv(found: FineTune) -> bytes:
    """source  OpenAI API, "Analyzing your fine-tuned model": the columns of the result file"""
    assert found.job is not None
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for step, values in curve_rows(found.job):
        if values:
            writer.writerow([step, *(values.get(name, "") for name in list(COLUMNS.values())[1:])])
    return text.getvalue().encode()
