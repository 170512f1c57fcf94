"""Translates a job's parameters into TrainingArguments."""

from __future__ import annotations

import math
from typing import Any

from transformers import TrainingArguments

from apps.toolchain.contracts.training import learning_rate, total_steps, validation_interval

from ..context import RecipeContext
from ..faults import UserFault
from ..ranks import world_size
from .devices import has_gpu, uses_bf16

POINTS = 200


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
    rate = learning_rate(context.spec.params, rows, parameters)
    common = common_arguments(context, rows, learning_rate=rate, best_metric=best_metric)
    return TrainingArguments(**common, lr_scheduler_type="linear", greater_is_better=True)


def common_arguments(
    context: RecipeContext, rows: int, *, learning_rate: float, best_metric: str
) -> dict[str, Any]:
    """Return what the arguments of all trainers have in common."""
    params, ranks = context.spec.params, world_size()
    batch = params["batch_size"] // ranks
    total, interval = total_steps(params, rows)[0], validation_interval(params, rows)
    return {
        "output_dir": str(context.folder.checkpoints),
        "max_steps": total,
        "per_device_train_batch_size": batch,
        "per_device_eval_batch_size": 2 * batch,
        "gradient_accumulation_steps": params["gradient_accumulation"],
        "learning_rate": learning_rate,
        "weight_decay": params["weight_decay"],
        "warmup_steps": math.ceil(params["warmup_share"] * total),
        "eval_strategy": "steps",
        "save_strategy": "steps",
        "eval_steps": interval,
        "save_steps": interval,
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "metric_for_best_model": best_metric,
        "logging_steps": logging_interval(interval, max(1, total // POINTS)),
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "bf16": uses_bf16(params),
        "use_cpu": not has_gpu(),
        "ddp_backend": "gloo" if ranks > 1 and not has_gpu() else None,
        "seed": context.spec.seed,
        "data_seed": context.spec.seed,
        "restore_callback_states_from_checkpoint": True,
        "dataloader_pin_memory": has_gpu(),
        "disable_tqdm": True,
        "report_to": [],
    }
