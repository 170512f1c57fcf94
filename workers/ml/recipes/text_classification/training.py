"""The Trainer as this recipe sets it up, and what it tells the job while it runs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from transformers import (
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from ...faults import Stopped, YourFault
from ...run import Run
from ..checkpoints import mark_complete
from ..devices import has_bf16, has_gpu
from ..tables import reason
from .scores import accuracy, confusion_matrix, macro_f1

LARGE_DATA_ROWS = 10_000
LARGE_MODEL_PARAMETERS = 200_000_000
VALIDATIONS = 10
POINTS = 200
BEST = "eval_macro_f1"
SHOWN = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient_norm",
    "eval_loss": "validation_loss",
    "eval_accuracy": "validation_accuracy",
    "eval_macro_f1": "validation_macro_f1",
}


class Announcer(TrainerCallback):
    """Reports steps, numbers and checkpoints, and ends the training when the supervisor wants it to."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self.run.voice.progress(state.global_step, state.max_steps, "training")
        if self.run.stop.is_set:
            control.should_save = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Any = None,
        **_: Any,
    ) -> None:
        values = {SHOWN[name]: float(value) for name, value in (logs or {}).items() if name in SHOWN}
        wrong = [name for name, value in values.items() if not math.isfinite(value)]
        if wrong:
            sentence = f"The {wrong[0].replace('_', ' ')} is no number any more at step {state.global_step}. Try a lower learning rate."
            raise YourFault("training_diverged", sentence)
        if values:
            self.run.voice.metric(state.global_step, state.epoch, values)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        mark_complete(self.run.folder.checkpoints / f"checkpoint-{state.global_step}")
        self.run.voice.say("checkpoint", {"step": state.global_step})
        self.run.stop.check()


def learning_rate(params: dict[str, Any], rows: int, parameters: int) -> float:
    """Return the learning rate, chosen by method and size if it is "auto"."""
    if params["learning_rate"] != "auto":
        return float(params["learning_rate"])
    if params["method"] == "lora":
        return 2e-4 if parameters > LARGE_MODEL_PARAMETERS else 1e-3
    return 1e-4 if rows < LARGE_DATA_ROWS else 5e-5


def adapted(model: PreTrainedModel, params: dict[str, Any], seed: int) -> PeftModel:
    """Wrap the model in LoRA adapters; its classification head trains as a whole.

    raises  YourFault if the target modules do not fit
    """
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=params["lora_r"],
        lora_alpha=params["lora_alpha"],
        lora_dropout=params["lora_dropout"],
        target_modules=params["lora_target_modules"] or "all-linear",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise YourFault(
            "lora_targets", f"The LoRA target modules do not fit this model: {reason(error)}"
        ) from error


def total_steps(params: dict[str, Any], rows: int) -> tuple[int, int]:
    """Return the steps of the whole training and of one epoch."""
    batches = math.ceil(rows / params["batch_size"])
    an_epoch = max(1, math.ceil(batches / params["gradient_accumulation"]))
    total = max(1, math.ceil(params["epochs"] * an_epoch))
    return min(total, params["max_steps"] or total), an_epoch


def check_steps(run: Run, rows: int) -> None:
    """Refuse a training that is longer than the site allows, before anything is loaded for it.

    raises  YourFault
    """
    total, limit = total_steps(dict(run.spec.params), rows)[0], run.spec.steps_limit
    if limit and total > limit:
        sentence = f"The training would take {total:,} steps; this site allows {limit:,}. Order fewer epochs or larger batches."
        raise YourFault("steps_exceeded", sentence)


def point_every(checkpoint_every: int, wanted: int) -> int:
    """Return the steps between points of the curve: the largest divisor of the checkpoint interval up to `wanted`.

    The Trainer averages the loss since the last point and forgets the sum in a checkpoint; so both must meet.
    """
    return next(
        steps for steps in range(min(wanted, checkpoint_every), 0, -1) if checkpoint_every % steps == 0
    )


def arguments(run: Run, rows: int, parameters: int) -> TrainingArguments:
    """Translate the parameters; checkpoints and validations fall on the same steps."""
    params = dict(run.spec.params)
    total, an_epoch = total_steps(params, rows)
    every = min(params["evaluation_steps"] or max(1, min(an_epoch, total // VALIDATIONS)), total)
    return TrainingArguments(
        output_dir=str(run.folder.checkpoints),
        max_steps=total,
        per_device_train_batch_size=params["batch_size"],
        per_device_eval_batch_size=2 * params["batch_size"],
        gradient_accumulation_steps=params["gradient_accumulation"],
        learning_rate=learning_rate(params, rows, parameters),
        weight_decay=params["weight_decay"],
        warmup_steps=math.ceil(params["warmup_share"] * total),
        lr_scheduler_type="linear",
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=every,
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=BEST,
        greater_is_better=True,
        logging_steps=point_every(every, max(1, total // POINTS)),
        logging_first_step=True,
        logging_nan_inf_filter=False,
        bf16=has_bf16(),
        use_cpu=not has_gpu(),
        seed=run.spec.seed,
        data_seed=run.spec.seed,
        restore_callback_states_from_checkpoint=True,
        dataloader_pin_memory=has_gpu(),
        disable_tqdm=True,
        report_to=[],
    )


def make_trainer(
    run: Run,
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    train: Dataset,
    validation: Dataset,
) -> Trainer:
    """Return the Trainer of this run."""
    callbacks: list[TrainerCallback] = [Announcer(run)]
    if run.spec.params["early_stopping_patience"]:
        callbacks.append(EarlyStoppingCallback(run.spec.params["early_stopping_patience"]))
    trainer = Trainer(
        model=model,
        args=arguments(run, len(train), model.num_parameters()),
        train_dataset=train,
        eval_dataset=validation,
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=measure,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def measure(outcome: EvalPrediction) -> dict[str, float]:
    """Score logits (n, k) against class numbers (n,)."""
    logits = outcome.predictions[0] if isinstance(outcome.predictions, tuple) else outcome.predictions
    confusion = confusion_matrix(np.asarray(outcome.label_ids), logits.argmax(-1), logits.shape[-1])
    return {"accuracy": float(accuracy(confusion)), "macro_f1": float(macro_f1(confusion))}


def train(trainer: Trainer, run: Run, checkpoint: Path | None) -> None:
    """Train from the start or from a whole checkpoint.

    raises  Stopped once a checkpoint is kept, YourFault if the loss is no number any more
    """
    if checkpoint:
        run.voice.line(f"Going on from the checkpoint of step {checkpoint.name.rsplit('-', 1)[-1]}.")
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if run.stop.is_set:
        raise Stopped
