"""How likely a model finds texts: sums of the log-likelihood of their tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..context import CancellationToken
from ..faults import UserFault
from .devices import device

IGNORED = -100
# of a batch: a number for each token and word of the vocabulary
LOGITS_BYTES = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text that the model reads at once.

    text    number of the text
    scored  how many tokens at its end are scored
    source  what an encoder reads before, empty for a model that continues a text
    """

    text: int
    ids: tuple[int, ...]
    scored: int
    source: tuple[int, ...] = ()


def windows_of(ids: Sequence[int], *, text: int, length: int, stride: int) -> list[Window]:
    """Cut a text into windows, in which every token but the first is scored once.

    length  of a window in tokens, and stride those by which the next one is moved: the rest is context
    source  huggingface.co/docs/transformers/perplexity
    """
    found, end = [], 1
    while end < len(ids):
        before, begin = end, max(0, end + stride - length) if end > 1 else 0
        end = min(begin + length, len(ids))
        found.append(Window(text, tuple(ids[begin:end]), end - before))
    return found


def score_windows(
    model: Any,
    windows: Sequence[Window],
    texts: int,
    *,
    pad: int,
    batch_size: int,
    cancellation: CancellationToken,
    progress: Callable[[int, int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the negative log-likelihood in nats and the number of scored tokens of each text, (texts,).

    raises  Interruption, UserFault if the model computes no numbers
    """
    losses, counts = np.zeros(texts), np.zeros(texts, np.int64)
    model.to(device()).eval()
    done = 0
    for batch in batches_of(windows, batch_size, LOGITS_BYTES // (4 * model.config.vocab_size)):
        cancellation.raise_if_cancelled()
        found = batch_losses(model, batch, pad)
        if not np.isfinite(found).all():
            raise UserFault("model_broken", "The model's output is not finite.")
        for window, loss in zip(batch, found, strict=True):
            losses[window.text] += loss
            counts[window.text] += window.scored
        done += len(batch)
        progress(done, len(windows))
    return losses, counts


def batches_of(windows: Sequence[Window], batch_size: int, tokens: int) -> Iterator[list[Window]]:
    """Yield windows of similar length together, at most so many windows and tokens with their padding."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda one: (len(one.ids), one.text)):
        if batch and (len(batch) == batch_size or (len(batch) + 1) * len(window.ids) > tokens):
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def batch_losses(model: Any, batch: Sequence[Window], pad: int) -> np.ndarray:
    """Return the summed loss of each window's scored tokens (n,) float64."""
    ids, mask = padded([window.ids for window in batch], pad)
    labels = torch.full_like(ids, IGNORED)
    for row, window in enumerate(batch):
        end = len(window.ids)
        labels[row, end - window.scored : end] = ids[row, end - window.scored : end]
    inputs = {"input_ids": ids, "attention_mask": mask}
    if batch[0].source:
        read, read_mask = padded([window.source for window in batch], pad)
        inputs = {"input_ids": read, "attention_mask": read_mask, "decoder_input_ids": ids}
    with torch.inference_mode():
        logits = model(**{name: value.to(device()) for name, value in inputs.items()}).logits
        return summed_losses(logits[:, :-1], labels[:, 1:].to(device()))


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and their mask, with padding at the right."""
    ids = torch.full((len(rows), max(map(len, rows))), pad, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row)], mask[place, : len(row)] = torch.tensor(row), 1
    return ids, mask


def summed_losses(logits: torch.Tensor, labels: torch.Tensor) -> np.ndarray:
    """Return the cross-entropy of each row's labels (n,) in float64; IGNORED labels do not count."""
    total = []
    for row, wanted in zip(logits, labels, strict=True):  # row by row: a batch of logits in float32 is large
        kept = wanted != IGNORED
        loss = torch.nn.functional.cross_entropy(row[kept].float(), wanted[kept], reduction="none")
        total.append(float(loss.double().sum()))
    return np.array(total)
