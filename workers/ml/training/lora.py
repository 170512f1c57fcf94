"""LoRA adapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from transformers import PreTrainedModel

from ..describe import reason
from ..faults import UserFault

# modules that peft itself trains as a whole in every classifier
HEADS_OF_PEFT = ("classifier", "score")


def add_lora(
    model: PreTrainedModel, params: Mapping[str, Any], task_type: TaskType, *, whole: Sequence[str] = ()
) -> PeftModel:
    """Wrap the model in LoRA adapters.

    whole   modules that are trained and saved as a whole beside them: a head, and weights that the base lacks
    raises  UserFault if the target modules do not exist in the model
    """
    config = lora_config(params, task_type, whole=whole)
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        message = f"The LoRA target modules do not fit this model: {reason(error)}"
        raise UserFault("lora_targets", message) from error


def lora_config(params: Mapping[str, Any], task_type: TaskType, *, whole: Sequence[str] = ()) -> LoraConfig:
    """Return what the parameters ask for. whole: as in `add_lora`"""
    own = HEADS_OF_PEFT if task_type == TaskType.SEQ_CLS else ()
    return LoraConfig(
        task_type=task_type,
        r=params["lora_r"],
        lora_alpha=params["lora_alpha"],
        lora_dropout=params["lora_dropout"],
        target_modules=params["lora_target_modules"] or "all-linear",
        modules_to_save=[name for name in whole if name not in own] or None,
    )
