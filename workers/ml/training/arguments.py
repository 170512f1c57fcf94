"""Translates a job's parameters into TrainingArguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from transformers import TrainingArguments

from ..context import RecipeContext
from ..faults import UserFault
from .devices import has_bf16, has_gpu

LARGE_DATA_ROWS = 10_000
LARGE_MODEL_PARAMETERS = 200_000_000
VALIDATIONS = 10
POINTS = 200


def learning_rate(params: Mapping[str, Any], rows: int, parameters: int) -> float:
    """Return the learning rate; "auto" depends on the method and on the sizes of data and model."""
    if params["learning_rate"] != "auto":
        return float(params["learning_rate"])
    if params["method"] == "lora":
        return 2e-4 if parameters > LARGE_MODEL_PARAMETERS else 1e-3
    return 1e-4 if rows < LARGE_DATA_ROWS else 5e-5


def total_steps(params: Mapping[str, Any], rows: int) -> tuple[int, int]:
    """Return the steps of the whole training and of one epoch."""
    batches = math.ceil(rows / params["batch_size"])
    steps_per_epoch = max(1, math.ceil(batches / params["gradient_accumulation"]))
    total = max(1, math.ceil(params["epochs"] * steps_per_epoch))
    return min(total, params["max_steps"] or total), steps_per_epoch


def check_steps(context: RecipeContext, rows: int) -> None:
    """Reject a training that exceeds the site's limit, before the model is loaded.

    raises  UserFault
    """
    total, limit = total_steps(context.spec.params, rows)[0], context.spec.steps_limit
    if limit and total > limit:
        problem = f"The training would take {total:,} steps; this site allows {limit:,}."
        raise UserFault("steps_exceeded", f"{problem} Use fewer epochs or larger batches.")


def logging_interval(checkpoint_interval: int, wanted: int) -> int:
    """Return the steps between logged points: the largest divisor of the checkpoint interval up to `wanted`.

    The Trainer averages the loss since the last logged point, and checkpoints do not keep that sum.
    """
    steps = min(wanted, checkpoint_interval)
    while checkpoint_interval % steps:
        steps -= 1
    return steps


def training_arguments(
    context: RecipeContext, rows: int, parameters: int, *, best_metric: str
) -> TrainingArguments:
    """Return the arguments; validation and checkpoints happen at the same steps.

    rows         number of training rows
    parameters   number of parameters of the model
    best_metric  metric of the Trainer that chooses the best checkpoint; greater is better
    """
    params = context.spec.params
    total, steps_per_epoch = total_steps(params, rows)
    interval = params["evaluation_steps"] or max(1, min(steps_per_epoch, total // VALIDATIONS))
    interval = min(interval, total)
    return TrainingArguments(
        output_dir=str(context.folder.checkpoints),
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
        eval_steps=interval,
        save_steps=interval,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=best_metric,
        greater_is_better=True,
        logging_steps=logging_interval(interval, max(1, total // POINTS)),
        logging_first_step=True,
        logging_nan_inf_filter=False,
        bf16=has_bf16(),
        use_cpu=not has_gpu(),
        seed=context.spec.seed,
        data_seed=context.spec.seed,
        restore_callback_states_from_checkpoint=True,
        dataloader_pin_memory=has_gpu(),
        disable_tqdm=True,
        report_to=[],
    )
