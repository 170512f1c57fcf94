"""Stable codes of failures, whether each is a user or platform fault, and their titles."""

from __future__ import annotations

from .events import Fault
from .params import gettext_noop

USER_FAULTS = {
    "dataset_unreadable": gettext_noop("The dataset could not be read"),
    "dataset_encoding": gettext_noop("The dataset is not UTF-8 text"),
    "dataset_too_large": gettext_noop("The dataset is too large for this worker"),
    "subset_missing": gettext_noop("The dataset has no such subset"),
    "split_missing": gettext_noop("The dataset has no such split"),
    "split_empty": gettext_noop("A split is empty"),
    "column_missing": gettext_noop("The dataset has no such column"),
    "format_unsuitable": gettext_noop("The format cannot hold the data"),
    "rows_empty": gettext_noop("Some rows are empty"),
    "rows_too_few": gettext_noop("Too few rows"),
    "labels_one_class": gettext_noop("Only one class"),
    "labels_too_many": gettext_noop("Too many classes"),
    "labels_unknown": gettext_noop("Some labels are not known classes"),
    "labels_not_classes": gettext_noop("The labels are not classes"),
    "chats_invalid": gettext_noop("Some rows are not chats"),
    "chat_template_invalid": gettext_noop("The chat template cannot be used"),
    "text_not_text": gettext_noop("The text column is not text"),
    "model_no_weights": gettext_noop("The model has no weights"),
    "model_unsafe_weights": gettext_noop("The model has no safetensors weights"),
    "model_custom_code": gettext_noop("The model requires custom code"),
    "model_no_config": gettext_noop("The model has no configuration"),
    "model_no_tokenizer": gettext_noop("The model has no tokenizer"),
    "model_tokenizer_mismatch": gettext_noop("The tokenizer does not match the model"),
    "model_unsupported": gettext_noop("The model cannot be used for this task"),
    "model_broken": gettext_noop("The model could not be loaded"),
    "model_too_large": gettext_noop("The model is too large for this worker"),
    "lora_targets": gettext_noop("The LoRA target modules do not exist in the model"),
    "training_diverged": gettext_noop("Training diverged"),
    "memory_exceeded": gettext_noop("The job ran out of memory"),
    "disk_exceeded": gettext_noop("The job used too much disk space"),
    "time_exceeded": gettext_noop("The job reached its time limit"),
    "steps_exceeded": gettext_noop("The training has too many steps"),
    "input_missing": gettext_noop("An input no longer exists"),
    "output_refused": gettext_noop("The output could not be published"),
}
PLATFORM_FAULTS = {
    "hub_unreachable": gettext_noop("The worker lost its connection to the hub"),
    "child_died": gettext_noop("The job's process ended unexpectedly"),
    "worker_error": gettext_noop("Something went wrong in the worker"),
    "library_missing": gettext_noop("The worker lacks a library"),
    "worker_stopped": gettext_noop("The worker was stopped"),
    "worker_lost": gettext_noop("The worker stopped responding"),
    "worker_busy": gettext_noop("The job's folder was still in use"),
    "disk_full": gettext_noop("The worker's disk is full"),
    "memory_full": gettext_noop("The worker's machine is out of memory"),
    "not_isolated": gettext_noop("The worker cannot isolate jobs"),
}

# faults of the worker's environment: a repetition says nothing about the job
TRANSIENT = frozenset(
    {
        "hub_unreachable",
        "worker_stopped",
        "worker_lost",
        "worker_busy",
        "disk_full",
        "memory_full",
        "not_isolated",
    }
)


def fault_title(code: str) -> str:
    """Return the English title of a fault code, marked for translation."""
    return {**USER_FAULTS, **PLATFORM_FAULTS}.get(code, PLATFORM_FAULTS["worker_error"])


def fault_of(code: str) -> Fault:
    return Fault.USER if code in USER_FAULTS else Fault.PLATFORM
