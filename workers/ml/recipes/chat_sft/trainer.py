"""TRL's trainer for chats that are tokens already, with losses of each row when it validates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer

from ...training.chats.gains import RowLosses


@dataclass(frozen=True, slots=True)
class ChatCollator:
    """Pads rows to one length; packed rows become one sequence in which each part stands for itself."""

    pad_token_id: int

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        is_packed = "seq_lengths" in rows[0]
        collator = DataCollatorForLanguageModeling(self.pad_token_id, padding_free=is_packed)
        batch: dict[str, Any] = collator(list(rows))
        return batch


class ChatTrainer(SFTTrainer):
    """Reports the loss of a token, rather than the mean of the losses of batches, and no card of its own.

    scored  of the rows of the last validation, in their order
    """

    scored: RowLosses

    def create_model_card(self, *args: Any, **options: Any) -> None:
        return None

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        if model.training:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)  # type: ignore[no-untyped-call]
        outputs = model(**inputs, use_cache=False, fused_lm_head=True)
        sums = [-outputs.log_probs.double().sum(1), outputs.label_mask.sum(1), outputs.is_top1.sum(1)]
        rows = torch.stack([one.double() for one in sums], 1)
        self._rows.append(self.accelerator.gather_for_metrics(rows).cpu().numpy())
        loss = rows[:, 0].sum() / rows[:, 1].sum().clamp(min=1)
        return (loss, outputs) if return_outputs else loss

    def evaluation_loop(self, *args: Any, **options: Any) -> Any:
        self._rows: list[np.ndarray] = []
        output: Any = super().evaluation_loop(*args, **options)
        prefix = options["metric_key_prefix"]
        losses, tokens, hits = np.concatenate(self._rows).T
        self.scored = RowLosses(losses, tokens, hits)
        output.metrics.update(
            {
                f"{prefix}_loss": self.scored.loss,
                f"{prefix}_perplexity": math.exp(min(self.scored.loss, 700.0)),
                f"{prefix}_token_accuracy": self.scored.accuracy,
            }
        )
        return output
