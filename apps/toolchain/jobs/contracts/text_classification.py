"""Parameters of the text classification recipes."""

from __future__ import annotations

from .params import Param, ParamKind
from .params import gettext_noop as _

TEXT_COLUMN = Param(
    "text_column", ParamKind.TEXT, "text", _("Text column"), _("Column of the dataset that holds the text."), aliases=("text",)
)
SUBSET = Param(
    "subset",
    ParamKind.TEXT,
    "",
    _("Subset"),
    _("Name of the dataset's configuration. Leave it empty for the default one."),
    advanced=True,
    aliases=("config",),
)
LABEL_COLUMN = Param(
    "label_column",
    ParamKind.TEXT,
    "label",
    _("Label column"),
    _("Column that holds the class: text or a whole number."),
    aliases=("label", "target_column"),
)
MAX_LENGTH = Param(
    "max_length",
    ParamKind.INTEGER,
    256,
    _("Longest text"),
    _("In tokens. Longer texts are cut."),
    minimum=8,
    maximum=8192,
    advanced=True,
    aliases=("max_seq_length", "model_max_length"),
)
SEED = Param(
    "seed", ParamKind.INTEGER, 42, _("Seed"), _("The same seed gives the same result again."), minimum=0, maximum=2**31 - 1, advanced=True
)

METHODS = (("full", _("Full: train every weight")), ("lora", _("LoRA: train small adapters, then merge them")))

FINE_TUNE_PARAMS = (
    Param("method", ParamKind.CHOICE, "full", _("Method"), choices=METHODS, aliases=("peft_method",)),
    TEXT_COLUMN,
    LABEL_COLUMN,
    SUBSET,
    Param("train_split", ParamKind.TEXT, "train", _("Training split")),
    Param(
        "validation_split",
        ParamKind.SPLIT,
        "0.1",
        _("Validation split"),
        _("Name of a split, or the share of the training split to hold back, such as 0.1."),
        aliases=("valid_split",),
    ),
    Param("test_split", ParamKind.TEXT, "", _("Test split"), _("Scored once at the end. Leave it empty to skip this."), advanced=True),
    Param(
        "labels",
        ParamKind.TEXTS,
        [],
        _("Class names"),
        _("In order, separated by commas. Leave it empty to take them from the dataset."),
        advanced=True,
    ),
    Param(
        "epochs",
        ParamKind.NUMBER,
        3.0,
        _("Epochs"),
        _("How often training goes through the data."),
        minimum=0.01,
        maximum=1000,
        aliases=("num_train_epochs",),
    ),
    MAX_LENGTH,
    Param("max_steps", ParamKind.INTEGER, 0, _("Most steps"), _("0 means no limit."), minimum=0, maximum=10_000_000, advanced=True),
    Param("batch_size", ParamKind.INTEGER, 16, _("Batch size"), minimum=1, maximum=1024, aliases=("per_device_train_batch_size",)),
    Param(
        "gradient_accumulation",
        ParamKind.INTEGER,
        1,
        _("Batches per step"),
        minimum=1,
        maximum=256,
        advanced=True,
        aliases=("gradient_accumulation_steps",),
    ),
    Param(
        "learning_rate",
        ParamKind.AUTO_NUMBER,
        "auto",
        _("Learning rate"),
        _("A number, or auto: 1e-4 for full training of small data, 5e-5 of large, 1e-3 for LoRA."),
        minimum=1e-8,
        maximum=1,
        aliases=("lr",),
    ),
    Param("weight_decay", ParamKind.NUMBER, 0.01, _("Weight decay"), minimum=0, maximum=1, advanced=True),
    Param("warmup_share", ParamKind.NUMBER, 0.06, _("Warm-up share"), minimum=0, maximum=0.9, advanced=True, aliases=("warmup_ratio",)),
    Param(
        "evaluation_steps",
        ParamKind.INTEGER,
        0,
        _("Steps between validations"),
        _("A checkpoint is kept at each. 0 means about ten in all, at least one an epoch."),
        minimum=0,
        maximum=1_000_000,
        advanced=True,
        aliases=("eval_steps",),
    ),
    Param(
        "early_stopping_patience",
        ParamKind.INTEGER,
        3,
        _("Early stopping"),
        _("Stop after this many validations without improvement. 0 means never."),
        minimum=0,
        maximum=1000,
        advanced=True,
    ),
    Param("lora_r", ParamKind.INTEGER, 8, _("LoRA rank"), minimum=1, maximum=512, advanced=True),
    Param("lora_alpha", ParamKind.INTEGER, 16, _("LoRA alpha"), minimum=1, maximum=1024, advanced=True),
    Param("lora_dropout", ParamKind.NUMBER, 0.05, _("LoRA dropout"), minimum=0, maximum=0.9, advanced=True),
    Param(
        "lora_target_modules",
        ParamKind.TEXTS,
        [],
        _("LoRA target modules"),
        _("Names of the layers to adapt. Leave it empty to adapt every linear layer."),
        advanced=True,
        aliases=("target_modules",),
    ),
    SEED,
)

EVALUATION_PARAMS = (
    TEXT_COLUMN,
    LABEL_COLUMN,
    SUBSET,
    Param("split", ParamKind.TEXT, "test", _("Split"), _("Held-out split that training has not seen."), aliases=("test_split",)),
    MAX_LENGTH,
    Param("batch_size", ParamKind.INTEGER, 32, _("Batch size"), minimum=1, maximum=1024, advanced=True),
    Param("max_samples", ParamKind.INTEGER, 0, _("Most samples"), _("0 means all."), minimum=0, maximum=10_000_000, advanced=True),
    Param(
        "bootstrap_resamples",
        ParamKind.INTEGER,
        1000,
        _("Bootstrap resamples"),
        _("For the 95 % confidence intervals."),
        minimum=100,
        maximum=10_000,
        advanced=True,
    ),
    SEED,
)
