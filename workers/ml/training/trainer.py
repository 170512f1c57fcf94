"""The Trainer of a run, and training with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset
from peft import PeftModel, set_peft_model_state_dict
from safetensors.torch import load_file, load_model
from transformers import (
    DataCollator,
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerState,
)
from transformers.trainer_utils import load_sharded_checkpoint

from apps.toolchain.contracts import Note, NoteCode

from ..context import RecipeContext
from ..faults import Interruption
from .arguments import training_arguments
from .callbacks import ProgressCallback
from .checkpoints import is_final, step_of


@dataclass(frozen=True, slots=True)
class Metrics:
    """How a recipe measures its validations.

    compute  scores of predictions by name
    best     the Trainer's name of the metric that chooses the best checkpoint; greater is better
    names    the Trainer's names of further metrics, and theirs in the job's events
    """

    compute: Callable[[EvalPrediction], dict[str, float]]
    best: str
    names: Mapping[str, str]


def make_trainer(
    context: RecipeContext,
    model: PreTrainedModel | PeftModel,
    collator: DataCollator,
    splits: Mapping[str, Dataset],
    metrics: Metrics,
    *,
    loss: Callable[..., Any] | None = None,
) -> Trainer:
    """Return the Trainer of a run.

    splits  the tokenized splits "train" and "validation"
    loss    of outputs, labels and the number of rows in an accumulated batch; None for the model's own
    """
    callbacks: list[TrainerCallback] = [ProgressCallback(context, metrics.names)]
    if patience := context.spec.params["early_stopping_patience"]:
        callbacks.append(EarlyStoppingCallback(patience))
    rows = len(splits["train"])
    trainer = Trainer(
        model=model,
        args=training_arguments(context, rows, model.num_parameters(), best_metric=metrics.best),
        train_dataset=splits["train"],
        eval_dataset=splits["validation"],
        data_collator=collator,
        compute_metrics=metrics.compute,
        compute_loss_func=loss,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def train(trainer: Trainer, context: RecipeContext, checkpoint: Path | None) -> None:
    """Train from the start or from a complete checkpoint; a final one is only loaded.

    raises  Interruption once a checkpoint is saved, UserFault if the training diverges
    """
    if checkpoint and is_final(checkpoint):
        context.events.log(f"Publishing the checkpoint of step {step_of(checkpoint)}.")
        return load_checkpoint(trainer, checkpoint)
    if checkpoint:
        context.events.log(f"Resuming from the checkpoint of step {checkpoint.name.rsplit('-', 1)[-1]}.")
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if context.cancellation.is_cancelled:
        raise Interruption


def load_checkpoint(trainer: Trainer, checkpoint: Path) -> None:
    """Give the model the weights of a checkpoint, and the Trainer its history until then.

    The checkpoint counts as the best one, whose scores the card shows.
    """
    model: Any = trainer.model
    if isinstance(model, PeftModel):
        set_peft_model_state_dict(model, load_file(checkpoint / "adapter_model.safetensors"))
    elif (checkpoint / "model.safetensors.index.json").exists():
        load_sharded_checkpoint(model, str(checkpoint), strict=False)  # type: ignore[no-untyped-call]
    else:
        load_model(model, checkpoint / "model.safetensors", strict=False)
    trainer.state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    trainer.state.best_global_step = trainer.state.global_step


def stopped_at_cap(trainer: Trainer) -> list[Note]:
    """Return a note if the training ended because its time did."""
    state = trainer.state
    if not any(getattr(one, "was_capped", False) for one in trainer.callback_handler.callbacks):
        return []
    return [Note(NoteCode.STOPPED_AT_CAP, {"step": state.global_step, "total": state.max_steps})]
