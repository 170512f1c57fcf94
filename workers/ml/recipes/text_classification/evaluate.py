"""Evaluates a text classifier on a held-out split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from transformers import PreTrainedTokenizerBase, set_seed

from apps.toolchain.contracts import Bootstrap

from ...context import RecipeContext
from ...describe import join_names
from ...faults import UserFault
from ...training import results
from ...training.devices import device
from ...training.loading import load_config, load_tokenizer, max_tokens
from ...training.tables import column_of, read_splits, split_named
from .columns import CLASSES_LIMIT, count_shared_texts, label_column, text_column
from .models import load_classifier
from .scores import CONFIDENCE, confusion_matrix, majority_baseline, score_classifier

MIN_ROWS = 2
DIGITS = 6


def run(context: RecipeContext) -> None:
    """Score the pinned model on the pinned split and write the result to the run folder.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    params = context.spec.params
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    texts, raw = read_split(context)
    model = load_classifier(context, config, tokenizer)
    labels = class_labels(model)
    truth = true_classes(raw, labels)
    max_length = max_tokens(config, tokenizer, params["max_length"])
    context.events.log(
        f"Scoring {len(truth)} rows of the split {params['split']!r}; classes {join_names(labels)}."
    )
    probabilities = predict(context, model, tokenizer, texts, max_length)
    write_result(context, texts, truth, probabilities, labels)


def read_split(context: RecipeContext) -> tuple[list[str], list[str]]:
    """Return the texts and labels of the split, at most the first `max_samples`."""
    params = context.spec.params
    splits = read_splits(context.dataset_folder, context.folder.run / "cache", subset=params["subset"])
    split = split_named(splits, params["split"])
    if params["max_samples"]:
        split = split.select(range(min(params["max_samples"], len(split))))
    texts = text_column(split, params["text_column"], params["split"])
    labels = label_column(split, params["label_column"], params["split"])
    if len(texts) < MIN_ROWS:
        raise UserFault(
            "rows_too_few",
            f"The split {params['split']!r} has {len(texts)} rows; an evaluation needs at least {MIN_ROWS}.",
        )
    has_train = "train" in splits and params["text_column"] in splits["train"].column_names
    if params["split"] != "train" and has_train:
        warn_of_leaks(context, texts, column_of(splits["train"], params["text_column"], "train"))
    if len(pc.unique(labels)) < 2:
        problem = f"The split {params['split']!r} has only the class {labels[0].as_py()!r}"
        raise UserFault("labels_one_class", f"{problem}; scoring needs at least two classes.")
    return texts.to_pylist(), labels.to_pylist()


def warn_of_leaks(context: RecipeContext, texts: pa.ChunkedArray, training: pa.ChunkedArray) -> None:
    """Warn if texts of the split also occur in the training split."""
    is_text = pa.types.is_string(training.type) or pa.types.is_large_string(training.type)
    shared = count_shared_texts(texts, training) if is_text else 0
    if shared:
        line = f"{shared} of {len(texts)} texts also occur in the split 'train'."
        context.events.log(f"{line} A model trained on it may have memorized them.", "warning")


def class_labels(model: Any) -> list[str]:
    """Return the model's classes in order.

    raises  UserFault if the model does not classify
    """
    names = [str(model.config.id2label[number]) for number in range(model.config.num_labels)]
    if not 2 <= len(names) <= CLASSES_LIMIT:
        raise UserFault(
            "model_unsupported",
            f"The model has {len(names)} classes; between 2 and {CLASSES_LIMIT} are supported.",
        )
    return names


def true_classes(raw: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Return each label's class number in the model: by name, by name ignoring case, or as a number.

    raises  UserFault if the dataset has labels that the model does not have
    """
    present = set(raw)
    for names in (list(labels), [label.casefold() for label in labels], list(map(str, range(len(labels))))):
        places = {name: number for number, name in enumerate(names)}
        fold = str.casefold if names != list(labels) else str
        if len(places) == len(labels) and all(fold(label) in places for label in present):
            return np.array([places[fold(label)] for label in raw], np.int64)
    unknown = sorted(present - set(labels))
    raise UserFault(
        "labels_unknown",
        f"The model does not have these labels: {join_names(unknown)}. It has {join_names(labels)}.",
    )


def predict(
    context: RecipeContext, model: Any, tokenizer: PreTrainedTokenizerBase, texts: list[str], max_length: int
) -> np.ndarray:
    """Return the probabilities (n, k) float64; texts of similar length share a batch."""
    size, place = context.spec.params["batch_size"], device()
    order = np.argsort([len(text) for text in texts], kind="stable")
    model.to(place).eval()
    found = np.empty((len(texts), model.config.num_labels))
    with torch.inference_mode():
        for start in range(0, len(texts), size):
            context.cancellation.raise_if_cancelled()
            rows = order[start : start + size]
            batch = tokenizer(
                [texts[row] for row in rows],
                truncation=True,
                max_length=max_length,
                padding=True,
                return_tensors="pt",
            )
            found[rows] = model(**batch.to(place)).logits.double().softmax(-1).cpu().numpy()
            context.events.progress(min(start + size, len(texts)), len(texts), "scoring")
    if not np.isfinite(found).all():
        raise UserFault("model_broken", "The model's output is not finite.")
    return found


def write_result(
    context: RecipeContext, texts: list[str], truth: np.ndarray, probabilities: np.ndarray, labels: list[str]
) -> None:
    """Score the predictions and write the result."""
    predicted = probabilities.argmax(-1)
    plan = Bootstrap(context.spec.params["bootstrap_resamples"], CONFIDENCE, context.spec.seed)
    positive = np.round(probabilities[:, 1], DIGITS) if len(labels) == 2 else None
    scores = score_classifier(truth, predicted, positive, len(labels), plan)
    results.write_result(
        context,
        Path(__file__).parent,
        scores=scores,
        log=sample_lines(texts, truth, predicted, probabilities, labels),
        split=context.spec.params["split"],
        samples=len(truth),
        labels=labels,
        confusion=confusion_matrix(truth, predicted, len(labels)).tolist(),
        baseline=majority_baseline(truth, labels).to_json(),
        bootstrap=plan.to_json(),
    )


def sample_lines(
    texts: list[str], truth: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray, labels: list[str]
) -> Iterator[str]:
    """Yield one line per sample; probabilities have DIGITS decimals."""
    for index, text in enumerate(texts):
        facts = {
            "index": index,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "label": labels[truth[index]],
            "predicted": labels[predicted[index]],
            "probabilities": [round(float(value), DIGITS) for value in probabilities[index]],
        }
        yield json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n"
