"""Whether a model keeps packed rows apart."""

from __future__ import annotations

from typing import Any

import torch
from datasets import Dataset

from ...faults import UserFault
from ...training.chats.samples import frozen
from .trainer import ChatTrainer

TOKENS = 32
TOLERANCE = 1e-3


def check_packing(trainer: ChatTrainer, split: Dataset) -> None:
    """Reject packing for a model in which one row of a pack sees another.

    raises  UserFault
    """
    parts = [row["input_ids"][:TOKENS] for row in split.select(range(min(2, len(split))))]
    parts = [parts[0], parts[-1]]
    model: Any = trainer.model
    collate = trainer.data_collator
    joined = {
        "input_ids": [*parts[0], *parts[1]],
        "labels": [*parts[0], *parts[1]],
        "seq_lengths": [len(part) for part in parts],
    }
    with frozen(model), torch.no_grad():
        single = [log_probs(model, collate([{"input_ids": part, "labels": part}])) for part in parts]
        together = log_probs(model, collate([joined]))
    # the first token of the second part is predicted by no other
    second = together[0, len(parts[0]) :]
    apart = single[1][0]
    if second.shape != apart.shape or (second - apart).abs().max() > TOLERANCE * (1 + apart.abs().max()):
        message = "With this model, rows that are packed together see each other. Turn packing off."
        raise UserFault("model_unsupported", message)


def log_probs(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    inputs = {
        name: value.to(model.device) if hasattr(value, "to") else value for name, value in batch.items()
    }
    found: torch.Tensor = model(**inputs, use_cache=False, fused_lm_head=True).log_probs
    return found
