"""Makers of evaluations with logs of their samples."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from apps.toolchain.artifacts.services import put_artifact
from apps.toolchain.contracts import SAMPLES_FILE, Artifact, IntervalMethod, PinnedRepo, Score, media_type_of
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.services import record_result
from tests.job_makers import DATASET, MODEL, a_result, a_running_job, key_actor
from tests.makers import Person, a_repo

LABELS = ("negative", "positive")


def a_pinned_repo(owner: Person, name: str, kind: str) -> PinnedRepo:
    """Create a public repository and pin it at a commit."""
    repo = a_repo(owner, name, kind=kind)
    return PinnedRepo(kind, repo.address.id, ("a" if kind == "model" else "b") * 40, str(repo.pk))


def a_sample_log(truth: Sequence[int], predicted: Sequence[int], confidence: Sequence[float] = ()) -> bytes:
    """Return the log of an evaluation of two classes; the text of row 7 is `text 7`."""
    texts = [f"text {row}" for row in range(len(truth))]
    table = pa.table(
        {
            "row": range(len(truth)),
            "text": texts,
            "text_sha256": [hashlib.sha256(text.encode()).hexdigest() for text in texts],
            "label": [LABELS[one] for one in truth],
            "predicted": [LABELS[one] for one in predicted],
            "confidence": list(confidence) or [0.9] * len(truth),
            "is_right": [one == other for one, other in zip(truth, predicted, strict=True)],
        }
    ).replace_schema_metadata({"banyan.metrics": json.dumps({"accuracy": "is_right"})})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=20)
    return file.getvalue()


def an_evaluation(
    person: Person,
    staff: Person,
    *,
    model: PinnedRepo = MODEL,
    dataset: PinnedRepo = DATASET,
    log: bytes = b"",
    **facts: object,
) -> Receipt:
    """Order, run and sign an evaluation. log: of its samples, which are not kept without it"""
    order = {name: facts.pop(name) for name in ("params", "is_public", "private_inputs") if name in facts}
    inputs = {"model": model, "dataset": dataset}
    _job, claim = a_running_job(person, staff, kind="evaluate", inputs=inputs, **order)
    result, actor = a_result(claim, **facts), key_actor(claim)
    if log:
        sha256 = hashlib.sha256(log).hexdigest()
        put_artifact(actor=actor, job_id=claim.spec.id, name=SAMPLES_FILE, blocks=[log], sha256=sha256)
        stored = Artifact(SAMPLES_FILE, sha256, len(log), media_type_of(SAMPLES_FILE))
        result = replace(result, artifacts=(stored,), log_sha256=sha256)
    return record_result(actor=actor, job_id=claim.spec.id, result=result)


def an_accuracy(value: float, n: int) -> tuple[Score, ...]:
    """Return an accuracy as the recipe scores it; its interval does not matter here."""
    return (
        Score(
            "accuracy",
            value,
            0.0,
            1.0,
            n=n,
            method=IntervalMethod.WILSON,
            unit="fraction",
            higher_is_better=True,
        ),
        Score("macro_f1", value, unit="fraction", higher_is_better=True),
    )
