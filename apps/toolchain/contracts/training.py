"""What recipes share: parameters of datasets and of trainings, and what the training kit reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .params import ADAPTER, DATA, PUBLISHING, RUN, SCORING, TRAINING, Param, ParamKind, Source
from .params import gettext_noop as _
from .recipe import Chart, Metric

METHODS = (
    ("full", _("Full: train all weights")),
    ("lora", _("LoRA: train small adapters and merge them")),
)
WITH_LORA = ("method", "lora")

METHOD = Param(
    "method", ParamKind.CHOICE, "full", _("Method"), choices=METHODS, aliases=("peft_method",), group=TRAINING
)
TEXT_COLUMN = Param(
    "text_column",
    ParamKind.TEXT,
    "text",
    _("Text column"),
    _("Dataset column with the text."),
    aliases=("text",),
    source=Source.COLUMN,
    group=DATA,
)
LABEL_COLUMN = Param(
    "label_column",
    ParamKind.TEXT,
    "label",
    _("Label column"),
    _("Dataset column with the class: a string or an integer."),
    aliases=("label", "target_column"),
    source=Source.COLUMN,
    group=DATA,
)
SUBSET = Param(
    "subset",
    ParamKind.TEXT,
    "",
    _("Subset"),
    _("Dataset configuration. Leave empty for the default."),
    advanced=True,
    aliases=("config",),
    source=Source.SUBSET,
    group=DATA,
)
TRAIN_SPLIT = Param(
    "train_split", ParamKind.TEXT, "train", _("Training split"), source=Source.SPLIT, group=DATA
)
VALIDATION_SPLIT = Param(
    "validation_split",
    ParamKind.SPLIT,
    "0.1",
    _("Validation split"),
    _("A split, or the share of the training split to hold out, such as 0.1."),
    aliases=("valid_split",),
    source=Source.SPLIT,
    group=DATA,
)
TEST_SPLIT = Param(
    "test_split",
    ParamKind.TEXT,
    "",
    _("Test split"),
    _("Evaluated once after training. Leave empty to skip."),
    advanced=True,
    source=Source.SPLIT,
    group=DATA,
)
EVALUATION_SPLIT = Param(
    "split",
    ParamKind.TEXT,
    "test",
    _("Split"),
    _("A held-out split that the model was not trained on."),
    aliases=("test_split",),
    source=Source.SPLIT,
    group=DATA,
)
MAX_LENGTH = Param(
    "max_length",
    ParamKind.INTEGER,
    256,
    _("Max length"),
    _("In tokens. Longer texts are truncated."),
    minimum=8,
    maximum=8192,
    advanced=True,
    aliases=("max_seq_length", "model_max_length"),
    group=DATA,
)
AUTO_MAX_LENGTH = Param(
    "max_length",
    ParamKind.AUTO_INTEGER,
    "auto",
    _("Max length"),
    _("In tokens. Longer texts are truncated. auto: as the model was trained, else at most 512."),
    minimum=8,
    maximum=8192,
    advanced=True,
    aliases=("max_seq_length", "model_max_length"),
    group=DATA,
)
LABEL_MAP = Param(
    "label_map",
    ParamKind.MAPPING,
    {},
    _("Names of labels"),
    _("Class for each value of the label column: 0=negative, 1=positive. Other values keep their names."),
    advanced=True,
    group=DATA,
)
SEED = Param(
    "seed",
    ParamKind.INTEGER,
    42,
    _("Seed"),
    _("Makes results reproducible."),
    minimum=0,
    maximum=2**31 - 1,
    advanced=True,
    group=RUN,
)
MAX_SAMPLES = Param(
    "max_samples",
    ParamKind.INTEGER,
    0,
    _("Max samples"),
    _("A random sample with the same classes. 0 for all."),
    minimum=0,
    maximum=10_000_000,
    advanced=True,
    group=DATA,
)
KEEP_SAMPLES = Param(
    "keep_samples",
    ParamKind.BOOLEAN,
    True,
    _("Keep the samples"),
    _("Texts and predictions, for readers of the dataset. Errors and comparisons are shown by them."),
    advanced=True,
)
BOOTSTRAP_RESAMPLES = Param(
    "bootstrap_resamples",
    ParamKind.INTEGER,
    1000,
    _("Bootstrap resamples"),
    _("For the 95% confidence intervals."),
    minimum=100,
    maximum=10_000,
    advanced=True,
    group=SCORING,
)
EPOCHS = Param(
    "epochs",
    ParamKind.NUMBER,
    3.0,
    _("Epochs"),
    _("Passes over the training data."),
    minimum=0.01,
    maximum=1000,
    aliases=("num_train_epochs",),
    group=TRAINING,
)
OPTIMIZATION = (
    Param(
        "max_steps",
        ParamKind.INTEGER,
        0,
        _("Max steps"),
        _("0 for no limit."),
        minimum=0,
        maximum=10_000_000,
        advanced=True,
        group=TRAINING,
    ),
    Param(
        "batch_size",
        ParamKind.INTEGER,
        16,
        _("Batch size"),
        minimum=1,
        maximum=1024,
        aliases=("per_device_train_batch_size",),
        group=TRAINING,
    ),
    Param(
        "gradient_accumulation",
        ParamKind.INTEGER,
        1,
        _("Gradient accumulation steps"),
        minimum=1,
        maximum=256,
        advanced=True,
        aliases=("gradient_accumulation_steps",),
        group=TRAINING,
    ),
    Param(
        "learning_rate",
        ParamKind.AUTO_NUMBER,
        "auto",
        _("Learning rate"),
        _("A number or auto: 1e-4 for small datasets, 5e-5 for large ones, 1e-3 for LoRA."),
        minimum=1e-8,
        maximum=1,
        aliases=("lr",),
        group=TRAINING,
    ),
    Param(
        "weight_decay",
        ParamKind.NUMBER,
        0.01,
        _("Weight decay"),
        minimum=0,
        maximum=1,
        advanced=True,
        group=TRAINING,
    ),
    Param(
        "warmup_share",
        ParamKind.NUMBER,
        0.06,
        _("Warm-up ratio"),
        minimum=0,
        maximum=0.9,
        advanced=True,
        aliases=("warmup_ratio",),
        group=TRAINING,
    ),
    Param(
        "evaluation_steps",
        ParamKind.INTEGER,
        0,
        _("Validation interval"),
        _("In steps; each saves a checkpoint. 0 for about ten in total and at least one per epoch."),
        minimum=0,
        maximum=1_000_000,
        advanced=True,
        aliases=("eval_steps",),
        group=TRAINING,
    ),
    Param(
        "early_stopping_patience",
        ParamKind.INTEGER,
        3,
        _("Early stopping"),
        _("Stop after this many validations without improvement. 0 to disable."),
        minimum=0,
        maximum=1000,
        advanced=True,
        group=TRAINING,
    ),
)
PRECISION = Param(
    "precision",
    ParamKind.CHOICE,
    "auto",
    _("Precision"),
    _("Of the arithmetic; weights stay in float32. auto: bfloat16 where the hardware has it."),
    choices=(
        ("auto", _("Automatic")),
        ("float32", _("float32")),
        ("bfloat16", _("bfloat16 (GPU)")),
    ),
    advanced=True,
    aliases=("mixed_precision",),
    gpu_only=("bfloat16",),
)
LORA_OUTPUT = Param(
    "lora_output",
    ParamKind.CHOICE,
    "both",
    _("Publish"),
    _("The adapter alone is small and needs its base model."),
    choices=(
        ("both", _("Merged weights and the adapter")),
        ("merged", _("Merged weights")),
        ("adapter", _("The adapter alone")),
    ),
    advanced=True,
    shown_if=WITH_LORA,
    group=PUBLISHING,
)
LORA = (
    Param(
        "lora_r",
        ParamKind.INTEGER,
        8,
        _("LoRA rank"),
        minimum=1,
        maximum=512,
        advanced=True,
        shown_if=WITH_LORA,
        group=ADAPTER,
    ),
    Param(
        "lora_alpha",
        ParamKind.INTEGER,
        16,
        _("LoRA alpha"),
        minimum=1,
        maximum=1024,
        advanced=True,
        shown_if=WITH_LORA,
        group=ADAPTER,
    ),
    Param(
        "lora_dropout",
        ParamKind.NUMBER,
        0.05,
        _("LoRA dropout"),
        minimum=0,
        maximum=0.9,
        advanced=True,
        shown_if=WITH_LORA,
        group=ADAPTER,
    ),
    Param(
        "lora_target_modules",
        ParamKind.TEXTS,
        [],
        _("LoRA target modules"),
        _("Names of the layers to adapt. Leave empty for all linear layers."),
        advanced=True,
        aliases=("target_modules",),
        shown_if=WITH_LORA,
        group=ADAPTER,
    ),
    LORA_OUTPUT,
)

# what "auto" depends on
LARGE_DATA_ROWS = 10_000
LARGE_MODEL_PARAMETERS = 200_000_000


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


VALIDATIONS = 10


def validation_interval(params: Mapping[str, Any], rows: int) -> int:
    """Return the steps between validations: as set, else about ten in total and at least one per epoch."""
    total, steps_per_epoch = total_steps(params, rows)
    return min(params["evaluation_steps"] or max(1, min(steps_per_epoch, total // VALIDATIONS)), total)


LOSS = Metric("loss", _("Training loss"), higher_is_better=False)
VALIDATION_LOSS = Metric("validation_loss", _("Validation loss"), higher_is_better=False)
HELD_OUT_LOSS = Metric("held_out_loss", _("Loss"), higher_is_better=False)
LEARNING_RATE = Metric("learning_rate", _("Learning rate"))
GRADIENT_NORM = Metric("gradient_norm", _("Gradient norm"), higher_is_better=False)

LOSS_CHART = Chart(_("Loss"), (LOSS.name, VALIDATION_LOSS.name))
LEARNING_RATE_CHART = Chart(_("Learning rate"), (LEARNING_RATE.name,))
GRADIENT_NORM_CHART = Chart(_("Gradient norm"), (GRADIENT_NORM.name,), is_expected=False)
