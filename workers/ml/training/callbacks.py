"""Reports a training run to the job."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ..context import RecipeContext
from ..faults import UserFault
from .checkpoints import mark_complete
from .devices import agreed, wait_for_ranks

# the Trainer's name of a metric -> its name in the job's events
METRIC_NAMES = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient_norm",
    "eval_loss": "validation_loss",
}


class ProgressCallback(TrainerCallback):
    """Reports progress, metrics and checkpoints, and stops the training when the run is cancelled.

    metric_names  metrics of the recipe besides METRIC_NAMES, in the same form
    was_capped    whether the training was stopped since its time was nearly up
    """

    def __init__(self, context: RecipeContext, metric_names: Mapping[str, str]) -> None:
        self.context, self.was_capped = context, False
        self.metric_names = {**METRIC_NAMES, **metric_names}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Find the best checkpoint of an earlier attempt, whose folder may have been elsewhere."""
        best = self.context.folder.checkpoints / f"checkpoint-{state.best_global_step}"
        if state.best_global_step and best.is_dir():
            state.best_model_checkpoint = str(best)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self.context.events.progress(state.global_step, state.max_steps, "training")
        is_cancelled, is_over = agreed(
            self.context.cancellation.is_cancelled, time.monotonic() > self.context.ends_at
        )
        if is_cancelled:
            control.should_save = True
        if is_over:
            self.was_capped = True
            control.should_training_stop = control.should_evaluate = control.should_save = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        names = self.metric_names
        values = {names[name]: float(value) for name, value in (logs or {}).items() if name in names}
        for name, value in values.items():
            if not math.isfinite(value):
                problem = f"The {name.replace('_', ' ')} is not a finite number at step {state.global_step}."
                raise UserFault("training_diverged", f"{problem} Try a lower learning rate.")
        if values:
            self.context.events.metric(state.global_step, state.epoch, values)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        wait_for_ranks()
        if self.context.is_main:
            mark_complete(self.context.folder.checkpoints / f"checkpoint-{state.global_step}")
        self.context.events.emit("checkpoint", {"step": state.global_step})
        self.context.cancellation.raise_if_cancelled()
