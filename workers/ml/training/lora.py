"""LoRA adapters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from transformers import PreTrainedModel

from ..describe import reason
from ..faults import UserFault


def add_lora(model: PreTrainedModel, params: Mapping[str, Any], task_type: TaskType) -> PeftModel:
    """Wrap the model in LoRA adapters; a classification head is trained in full.

    raises  UserFault if the target modules do not exist in the model
    """
    config = LoraConfig(
        task_type=task_type,
        r=params["lora_r"],
        lora_alpha=params["lora_alpha"],
        lora_dropout=params["lora_dropout"],
        target_modules=params["lora_target_modules"] or "all-linear",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        message = f"The LoRA target modules do not fit this model: {reason(error)}"
        raise UserFault("lora_targets", message) from error
