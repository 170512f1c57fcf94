"""Evaluates a text classifier on a held-out split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerBase, set_seed

from apps.toolchain.contracts import Bootstrap, Note, NoteCode, view_to_json
from apps.toolchain.contracts.recipes.text_classification import LabelMatch

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ...training import results
from ...training.devices import device
from ...training.intervals import CONFIDENCE
from ...training.loading import load_config, load_tokenizer, max_tokens
from ...training.samples import write_samples
from ...training.tables import column_of, read_splits, split_named
from ...training.tokens import count_truncated, encode
from .columns import (
    CLASSES_LIMIT,
    class_numbers,
    columns_of,
    count_shared_texts,
    joined,
    label_column,
    sample_rows,
    text_columns,
)
from .curves import calibration_score, confidence, curves_of
from .matching import match_labels
from .models import load_classifier
from .scores import Predictions, majority_baseline, score_classifier

MIN_ROWS = 2
DIGITS = 6
CHUNK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Samples:
    """The rows to score.

    rows     their numbers in the split
    texts    as they are shown, pairs as one text each
    inputs   what the model reads: the texts, and the second ones of pairs
    numbers  the labels as numbers, where the dataset has such
    notes    about the rows
    """

    rows: np.ndarray
    inputs: list[list[str]]
    texts: list[str]
    labels: list[str]
    numbers: np.ndarray | None
    notes: list[Note] = field(default_factory=list)


def run(context: RecipeContext) -> None:
    """Score the pinned model on the pinned split and write the result to the run folder.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    params = context.spec.params
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    samples = read_samples(context)
    model = load_classifier(context, config, tokenizer)
    labels = class_labels(model)
    truth, match = match_labels(samples.labels, samples.numbers, labels, params)
    if match == LabelMatch.NUMBER:
        samples.notes.append(Note(NoteCode.MATCHED_BY_NUMBER))
    max_length = max_tokens(config, tokenizer, params["max_length"], context.model_folder)
    context.events.log(
        f"Scoring {len(truth)} rows of the split {params['split']!r}; classes {join_names(labels)}."
    )
    logits = predict(context, model, tokenizer, samples, max_length)
    outcome = Predictions(truth, logits)
    write_result(context, samples, outcome, labels, {"label_match": match, "max_length": max_length})


def read_samples(context: RecipeContext) -> Samples:
    """Return the rows of the split, or a random sample of `max_samples` with the same classes.

    raises  UserFault
    """
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.cache, subset=params["subset"])
    split, notes = split_named(splits, params["split"]), []
    labels, rows = label_column(split, params["label_column"], params["split"]), np.arange(len(split))
    if params["max_samples"] and params["max_samples"] < len(split):
        notes.append(Note(NoteCode.SAMPLED, {"count": params["max_samples"], "total": len(split)}))
        rows = sample_rows(labels.to_pylist(), params["max_samples"], context.spec.seed)
        split = split.select(rows)
        labels = label_column(split, params["label_column"], params["split"])
    sides = text_columns(split, params, params["split"])
    texts = joined(sides)
    if len(texts) < MIN_ROWS:
        raise UserFault(
            "rows_too_few",
            f"The split {params['split']!r} has {len(texts)} rows; an evaluation needs at least {MIN_ROWS}.",
        )
    if len(pc.unique(labels)) < 2:
        problem = f"The split {params['split']!r} has only the class {labels[0].as_py()!r}"
        raise UserFault("labels_one_class", f"{problem}; scoring needs at least two classes.")
    notes += leaks(texts, splits, params)
    numbers = class_numbers(split, params["label_column"], params["split"])
    inputs = [side.to_pylist() for side in sides]
    return Samples(rows, inputs, texts.to_pylist(), labels.to_pylist(), numbers, notes)


def leaks(texts: pa.ChunkedArray, splits: Mapping[str, Dataset], params: Mapping[str, Any]) -> list[Note]:
    """Return a note if texts of the split also occur in the training split."""
    if params["split"] == "train" or "train" not in splits:
        return []
    try:
        sides = [column_of(splits["train"], column, "train") for column in columns_of(params)]
    except UserFault:  # the training split is none of this evaluation's inputs
        return []
    is_text = all(pa.types.is_string(one.type) or pa.types.is_large_string(one.type) for one in sides)
    shared = count_shared_texts(texts, joined(sides)) if is_text else 0
    values = {"count": shared, "total": len(texts), "split": params["split"], "other": "train"}
    return [Note(NoteCode.LEAKED, values)] if shared else []


def class_labels(model: Any) -> list[str]:
    """Return the model's classes in order.

    raises  UserFault if the model does not classify
    """
    named, count = model.config.id2label, model.config.num_labels
    if not 2 <= count <= CLASSES_LIMIT:
        raise UserFault(
            "model_unsupported",
            f"The model has {count} classes; between 2 and {CLASSES_LIMIT} are supported.",
        )
    missing = [str(number) for number in range(count) if number not in named]
    if missing:
        message = f"id2label in config.json has no name for the classes {join_names(missing)} of {count}."
        raise UserFault("model_broken", message)
    return [str(named[number]) for number in range(count)]


def predict(
    context: RecipeContext,
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    samples: Samples,
    max_length: int,
) -> np.ndarray:
    """Return the logits (n, k) float64; texts of similar length share a batch."""
    texts, size, place = samples.texts, context.spec.params["batch_size"], device()
    order = np.argsort([len(text) for text in texts], kind="stable")
    model.to(place).eval()
    found, truncated = np.empty((len(texts), model.config.num_labels)), 0
    with torch.inference_mode():
        for start in range(0, len(texts), size):
            context.cancellation.raise_if_cancelled()
            rows = order[start : start + size]
            first, *second = ([side[row] for row in rows] for side in samples.inputs)
            pairs = second[0] if second else None
            batch = encode(tokenizer, first, max_length, pairs=pairs, padding=True, return_tensors="pt")
            truncated += count_truncated(batch, max_length)
            found[rows] = model(**batch.to(place)).logits.double().cpu().numpy()
            context.events.progress(min(start + size, len(texts)), len(texts), "scoring")
    if not np.isfinite(found).all():
        raise UserFault("model_broken", "The model's output is not finite.")
    if truncated:
        values = {"count": truncated, "total": len(texts), "tokens": max_length}
        samples.notes.append(Note(NoteCode.TRUNCATED, values))
    return found


def write_result(
    context: RecipeContext,
    samples: Samples,
    outcome: Predictions,
    labels: list[str],
    resolved: Mapping[str, Any],
) -> None:
    """Score the predictions and write the result."""
    params = context.spec.params
    plan = Bootstrap(params["bootstrap_resamples"], CONFIDENCE, context.spec.seed)
    scores, notes = score_classifier(outcome, plan)
    scores.append(calibration_score(outcome))
    baseline = majority_baseline(outcome.truth, labels)
    if params["keep_samples"]:
        keep_samples(context, samples, outcome, labels)
    results.write_result(
        context,
        Path(__file__).parent,
        scores=scores,
        notes=[*samples.notes, *notes, *poor_model(outcome, labels, params["split"], baseline.label)],
        log=sample_lines(samples.texts, outcome, labels),
        split=params["split"],
        samples=len(outcome.truth),
        labels=labels,
        label_match=resolved["label_match"],
        confusion=outcome.confusion.tolist(),
        baseline=baseline.to_json(),
        curves=[view_to_json(curve) for curve in curves_of(outcome, labels)],
        bootstrap=plan.to_json(),
        dtype="float32",
        resolved={"max_length": resolved["max_length"]} if params["max_length"] == "auto" else {},
    )


def keep_samples(
    context: RecipeContext, samples: Samples, outcome: Predictions, labels: Sequence[str]
) -> None:
    """Write the log of samples that the job keeps."""
    names = pa.array(labels, pa.string())
    probabilities = torch.from_numpy(outcome.logits).softmax(-1).numpy().round(DIGITS)
    write_samples(
        context,
        rows=samples.rows,
        texts=samples.texts,
        columns={
            "label": names.take(pa.array(outcome.truth)),
            "predicted": names.take(pa.array(outcome.predicted)),
            "confidence": confidence(outcome.logits).round(DIGITS),
            "is_right": outcome.predicted == outcome.truth,
            "probabilities": pa.FixedSizeListArray.from_arrays(probabilities.reshape(-1), len(labels)),
        },
        metrics={"accuracy": "is_right"},
    )


def poor_model(outcome: Predictions, labels: Sequence[str], split: str, majority: str) -> list[Note]:
    """Return a note about a model that is no better than always choosing one class."""
    predicted = np.unique(outcome.predicted)
    if len(predicted) == 1:
        return [Note(NoteCode.COLLAPSED, {"split": split, "label": labels[int(predicted[0])]})]
    is_better = np.trace(outcome.confusion) > np.bincount(outcome.truth).max()
    return [] if is_better else [Note(NoteCode.BELOW_BASELINE, {"split": split, "label": majority})]


def sample_lines(texts: list[str], outcome: Predictions, labels: list[str]) -> Iterator[str]:
    """Yield one line per sample; probabilities have DIGITS decimals."""
    predicted = outcome.predicted
    for start in range(0, len(texts), CHUNK_ROWS):
        probabilities = torch.from_numpy(outcome.logits[start : start + CHUNK_ROWS]).softmax(-1).numpy()
        for index, row in enumerate(probabilities, start):
            facts = {
                "index": index,
                "text_sha256": hashlib.sha256(texts[index].encode()).hexdigest(),
                "label": labels[outcome.truth[index]],
                "predicted": labels[predicted[index]],
                "probabilities": [round(float(value), DIGITS) for value in row],
            }
            yield json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n"
