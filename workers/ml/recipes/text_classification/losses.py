"""The loss of a fine-tune with class weights or label smoothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

Loss = Callable[..., torch.Tensor]


def balanced_weights(counts: np.ndarray) -> np.ndarray:
    """Return a weight for each class (k,), so that all weigh the same and a row weighs 1 on average.

    counts  rows of each class (k,); a class without rows weighs 1
    """
    present = counts > 0
    weights = counts.sum() / (np.count_nonzero(present) * np.maximum(counts, 1))
    return np.where(present, weights, 1.0)


def training_loss(params: Mapping[str, Any], counts: np.ndarray) -> Loss | None:
    """Return the loss that the parameters ask for, None for the model's own.

    Validations are measured with plain cross-entropy, so that runs can be compared.
    counts  training rows of each class (k,)
    """
    is_balanced, smoothing = params["class_weights"] == "balanced", params["label_smoothing"]
    if not is_balanced and not smoothing:
        return None
    weights = torch.tensor(balanced_weights(counts), dtype=torch.float32) if is_balanced else None

    def loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        logits = outputs["logits"].float()
        if not torch.is_grad_enabled():
            return cross_entropy(logits, labels)
        total = cross_entropy(
            logits,
            labels,
            weight=None if weights is None else weights.to(logits.device),
            label_smoothing=smoothing,
            reduction="sum",
        )
        return total / (len(labels) if num_items_in_batch is None else num_items_in_batch)

    return loss
