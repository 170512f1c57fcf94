"""Evaluate a text classifier on a held-out split."""

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

from apps.toolchain.jobs.contracts import Bootstrap

from ...faults import YourFault
from ...run import Run
from ..devices import device
from ..tables import column_of, listed, read_splits, split_named
from .labelled import CLASSES_LIMIT, label_column, shared_texts, text_column
from .models import load_classifier, load_config, load_tokenizer, longest_text
from .scores import CONFIDENCE, confusion_matrix, majority, score_classifier

FEWEST_ROWS = 2
DIGITS = 6


def run(run: Run) -> None:
    """Score the pinned model on the pinned split and leave the result in the run folder.

    raises  YourFault, Stopped
    """
    set_seed(run.spec.seed)
    run.voice.progress(0, 0, "reading")
    params = run.spec.params
    config, tokenizer = load_config(run.model_folder), load_tokenizer(run.model_folder)
    texts, raw = read_split(run)
    model = load_classifier(run.model_folder, tokenizer, None)
    labels = labels_of(model)
    truth = truth_of(raw, labels)
    max_length = longest_text(config, tokenizer, params["max_length"])
    run.voice.line(f"Scoring {len(truth)} rows of the split {params['split']!r}; classes {listed(labels)}.")
    probabilities = predict(run, model, tokenizer, texts, max_length)
    write_result(run, texts, truth, probabilities, labels)


def read_split(run: Run) -> tuple[list[str], list[str]]:
    """Return texts and labels of the split, at most `max_samples` of each (the first ones)."""
    params = run.spec.params
    splits = read_splits(run.dataset_folder, run.folder.run / "cache", subset=params["subset"])
    split = split_named(splits, params["split"])
    if params["max_samples"]:
        split = split.select(range(min(params["max_samples"], len(split))))
    texts = text_column(split, params["text_column"], params["split"])
    labels = label_column(split, params["label_column"], params["split"])
    if len(texts) < FEWEST_ROWS:
        raise YourFault(
            "rows_too_few",
            f"The split {params['split']!r} has {len(texts)} rows; an evaluation needs {FEWEST_ROWS}.",
        )
    if (
        params["split"] != "train"
        and "train" in splits
        and params["text_column"] in splits["train"].column_names
    ):
        warn_of_leaks(run, texts, column_of(splits["train"], params["text_column"], "train"))
    if len(pc.unique(labels)) < 2:
        sentence = (
            f"The split {params['split']!r} has only the class {labels[0].as_py()!r}; a score needs two."
        )
        raise YourFault("labels_one_class", sentence)
    return texts.to_pylist(), labels.to_pylist()


def warn_of_leaks(run: Run, texts: pa.ChunkedArray, training: pa.ChunkedArray) -> None:
    """Say how many of the texts the dataset also offers for training."""
    is_text = pa.types.is_string(training.type) or pa.types.is_large_string(training.type)
    shared = shared_texts(texts, training) if is_text else 0
    if shared:
        line = f"{shared} of {len(texts)} texts are in the split 'train' too; a model trained on it may know them by heart."
        run.voice.line(line, "warning")


def labels_of(model: Any) -> list[str]:
    """Return the model's classes in order.

    raises  YourFault for a model that does not classify
    """
    names = [str(model.config.id2label[number]) for number in range(model.config.num_labels)]
    if not 2 <= len(names) <= CLASSES_LIMIT:
        raise YourFault(
            "model_unsupported",
            f"The model has {len(names)} classes; between 2 and {CLASSES_LIMIT} can be scored.",
        )
    return names


def truth_of(raw: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Return the model's class number of each label: by name, by name without case, or the number itself.

    raises  YourFault if the dataset's labels are not the model's classes
    """
    present = set(raw)
    for names in (list(labels), [label.casefold() for label in labels], list(map(str, range(len(labels))))):
        places = {name: number for number, name in enumerate(names)}
        fold = str.casefold if names != list(labels) else str
        if len(places) == len(labels) and all(fold(label) in places for label in present):
            return np.array([places[fold(label)] for label in raw], np.int64)
    unknown = sorted(present - set(labels))
    raise YourFault(
        "labels_unknown",
        f"The dataset has labels that the model lacks: {listed(unknown)}. The model has {listed(labels)}.",
    )


def predict(
    run: Run, model: Any, tokenizer: PreTrainedTokenizerBase, texts: list[str], max_length: int
) -> np.ndarray:
    """Return the probabilities (n, k) float64; texts of like length share a batch."""
    size, place = run.spec.params["batch_size"], device()
    order = np.argsort([len(text) for text in texts], kind="stable")
    model.to(place).eval()
    found = np.empty((len(texts), model.config.num_labels))
    with torch.inference_mode():
        for start in range(0, len(texts), size):
            run.stop.check()
            rows = order[start : start + size]
            batch = tokenizer(
                [texts[row] for row in rows],
                truncation=True,
                max_length=max_length,
                padding=True,
                return_tensors="pt",
            )
            found[rows] = model(**batch.to(place)).logits.double().softmax(-1).cpu().numpy()
            run.voice.progress(min(start + size, len(texts)), len(texts), "scoring")
    if not np.isfinite(found).all():
        raise YourFault("model_broken", "The model answers with something that is no number.")
    return found


def write_result(
    run: Run, texts: list[str], truth: np.ndarray, probabilities: np.ndarray, labels: list[str]
) -> None:
    """Write the result as the contracts spell it; the supervisor adds what only it knows."""
    predicted = probabilities.argmax(-1)
    plan = Bootstrap(run.spec.params["bootstrap_resamples"], CONFIDENCE, run.spec.seed)
    positive = np.round(probabilities[:, 1], DIGITS) if len(labels) == 2 else None
    scores = score_classifier(truth, predicted, positive, len(labels), plan)
    result = {
        "split": run.spec.params["split"],
        "samples": len(truth),
        "scores": [
            {"name": score.name, "value": score.value, "low": score.low, "high": score.high}
            for score in scores
        ],
        "labels": labels,
        "confusion": confusion_matrix(truth, predicted, len(labels)).tolist(),
        "baseline": {"label": majority(truth, labels).label, "accuracy": majority(truth, labels).accuracy},
        "bootstrap": {"resamples": plan.resamples, "confidence": plan.confidence, "seed": plan.seed},
        "log_sha256": log_hash(texts, truth, predicted, probabilities, labels),
        "code_version": code_version(),
    }
    run.folder.result.write_text(json.dumps(result))
    for score in scores:
        run.voice.line(f"{score.name}: {score.value:.4f} (95 % interval {score.low:.4f} to {score.high:.4f})")


def log_hash(
    texts: list[str], truth: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray, labels: list[str]
) -> str:
    """Return the SHA-256 of the per-sample log: one JSON line a sample with the text's own hash."""
    total = hashlib.sha256()
    for line in sample_lines(texts, truth, predicted, probabilities, labels):
        total.update(line.encode())
    return total.hexdigest()


def sample_lines(
    texts: list[str], truth: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray, labels: list[str]
) -> Iterator[str]:
    """Yield one line a sample; probabilities have DIGITS decimals."""
    for index, text in enumerate(texts):
        facts = {
            "index": index,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "label": labels[truth[index]],
            "predicted": labels[predicted[index]],
            "probabilities": [round(float(value), DIGITS) for value in probabilities[index]],
        }
        yield json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n"


def code_version() -> str:
    """Return the SHA-256 of this recipe's sources: it changes when the way of measuring does."""
    total = hashlib.sha256()
    for file in sorted(Path(__file__).parent.parent.rglob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"sha256:{total.hexdigest()}"
