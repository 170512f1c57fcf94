"""Language modeling: training a language model further on texts, and a small one from scratch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..chat_training import (
    INPUTS,
    LOSS_GAIN,
    OUTPUT_FILES,
    PERPLEXITY,
    PERPLEXITY_CHART,
    PIPELINE_TAG,
    TOKEN_ACCURACY,
    VALIDATION_PERPLEXITY,
    VALIDATION_TOKEN_ACCURACY,
    fits_model,
    optimization,
    suggested_splits,
    training_rows,
)
from ..estimates import CHARACTERS_PER_TOKEN, Work
from ..facts import DatasetFacts, ModelFacts
from ..kinds import JobKind, KindWords
from ..params import Param, ParamKind
from ..params import gettext_noop as _
from ..recipe import MODEL_FILES, Metric, Preset, Recipe, RecipeInput
from ..results import TrainingResult
from ..training import (
    EPOCHS,
    GRADIENT_NORM,
    GRADIENT_NORM_CHART,
    HELD_OUT_LOSS,
    LEARNING_RATE,
    LEARNING_RATE_CHART,
    LORA,
    LOSS,
    LOSS_CHART,
    MAX_LENGTH,
    METHOD,
    SEED,
    SUBSET,
    TEST_SPLIT,
    TEXT_COLUMN,
    TRAIN_SPLIT,
    VALIDATION_LOSS,
    VALIDATION_SPLIT,
    total_steps,
    validation_interval,
)
from .text_classification import text_column

NAME = "causal-lm"
PRETRAIN_KIND = "pretrain"
LARGE_MODEL_PARAMETERS = 200_000_000
# weights of a model from scratch, up to which a learning rate holds
SCRATCH_RATES = ((5_000_000, 3e-3), (50_000_000, 1e-3), (math.inf, 3e-4))
BITS_PER_BYTE = Metric("bits_per_byte", _("Bits per byte"), higher_is_better=False)
BLOCK_LENGTH = replace(
    MAX_LENGTH,
    default=512,
    label=_("Block length"),
    help=_("In tokens. Texts are joined and cut into blocks of this length, so that none is lost."),
    minimum=16,
    maximum=65_536,
)
METRICS = (
    LOSS,
    VALIDATION_LOSS,
    VALIDATION_PERPLEXITY,
    VALIDATION_TOKEN_ACCURACY,
    LEARNING_RATE,
    GRADIENT_NORM,
    PERPLEXITY,
    BITS_PER_BYTE,
    TOKEN_ACCURACY,
    LOSS_GAIN,
    HELD_OUT_LOSS,
)
CHARTS = (LOSS_CHART, PERPLEXITY_CHART, LEARNING_RATE_CHART, GRADIENT_NORM_CHART)
DATA = (TEXT_COLUMN, SUBSET, TRAIN_SPLIT, VALIDATION_SPLIT, TEST_SPLIT)


def learning_rate(values: Mapping[str, Any], parameters: int) -> float:
    """Return the learning rate; "auto" depends on the method and on the size of the model."""
    if values["learning_rate"] != "auto":
        return float(values["learning_rate"])
    if "method" not in values:
        return next(rate for limit, rate in SCRATCH_RATES if parameters <= limit)
    is_large = parameters > LARGE_MODEL_PARAMETERS
    if values["method"] == "lora":
        return 2e-4 if is_large else 1e-3
    return 1e-5 if is_large else 5e-5


def scratch_parameters(values: Mapping[str, Any]) -> int:
    """Return about how many weights a model from scratch has: its embedding, and 12 × width² a layer."""
    width: int = values["hidden_size"]
    return int(values["vocabulary_size"] * width + 12 * values["layers"] * width**2)


def resolve(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> dict[str, Any]:
    """Return the learning rate that the run will choose, if the size of the model is known."""
    if values["learning_rate"] != "auto" or not model or not model.parameters:
        return {}
    return {"learning_rate": learning_rate(values, model.parameters)}


def resolve_scratch(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> dict[str, Any]:
    if values["learning_rate"] != "auto":
        return {}
    return {"learning_rate": learning_rate(values, scratch_parameters(values))}


def work(values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None) -> Work | None:
    """Return what a training has to do, None if the number of texts is not known."""
    rows, validation, test = training_rows(values, dataset)
    if not rows or dataset is None:
        return None
    characters = dataset.characters_of(values["text_column"])
    tokens = (characters or dataset.bytes / max(1, sum(dataset.rows.values()))) / CHARACTERS_PER_TOKEN + 1
    blocks = max(1, math.ceil(rows * tokens / values["max_length"]))
    steps = total_steps(values, blocks)[0]
    validations = 1 + math.ceil(steps / validation_interval(values, blocks))
    block_tokens = min(blocks, values["batch_size"] * values["gradient_accumulation"]) * values["max_length"]
    is_lora = values.get("method") == "lora"
    return Work(
        steps=steps,
        trained_tokens=steps * block_tokens,
        scored_tokens=(validations * validation + 2 * test) * tokens,
        batch_tokens=values["batch_size"] * values["max_length"],
        copies=1.1 if is_lora else 4,
        trained_share=0.02 if is_lora else 1.0,
    )


def check(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what of the settings of a training contradicts itself."""
    errors: dict[str, str] = {}
    if values["test_split"] and values["test_split"] == values["train_split"]:
        errors["test_split"] = _("Must be another split than the training split.")
    if "hidden_size" in values and values["hidden_size"] % (2 * values["attention_heads"]):
        errors["attention_heads"] = _("The width must be a multiple of twice the attention heads.")
    return errors


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    """Return the column of texts and the splits of a dataset."""
    dataset = dataset or DatasetFacts()
    column = text_column(dataset.columns)
    return {**suggested_splits(dataset), **({"text_column": column} if column else {})}


def fits(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    if reason := fits_model(model):
        return reason
    if dataset and dataset.columns and not any(one.kind in ("text", "") for one in dataset.columns):
        return _("The dataset has no column of text.")
    return ""


FINE_TUNE = Recipe(
    kind=JobKind.FINE_TUNE,
    name=NAME,
    label=_("Texts"),
    inputs=INPUTS,
    output_kind="model",
    output_files=OUTPUT_FILES,
    message="Train %(model)s on the texts of %(dataset)s",
    pipeline_tag=PIPELINE_TAG,
    params=(
        METHOD,
        *DATA,
        EPOCHS,
        BLOCK_LENGTH,
        *optimization(
            _("A number or auto: 5e-5 in full, 1e-3 for LoRA; 1e-5 and 2e-4 above 200M parameters."),
            batch_size=8,
            warmup_share=0.03,
        ),
        *LORA,
        SEED,
    ),
    metrics=METRICS,
    charts=CHARTS,
    baseline=_("Base model"),
    result=TrainingResult,
    check=check,
    resolve=resolve,
    work=work,
    presets=(
        Preset("quick", _("Quick"), {"epochs": 1.0, "max_length": 256}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"epochs": 5.0, "max_length": 1024, "early_stopping_patience": 5}),
    ),
    fits=fits,
    suggest=suggest,
)

PRETRAIN = Recipe(
    kind=PRETRAIN_KIND,
    name=NAME,
    label=_("Small language model"),
    words=KindWords(
        path="pretrain",
        label=_("Training from scratch"),
        title=_("A model from scratch on %(dataset)s"),
        act=_("Train from scratch"),
        on=_("Train from scratch on"),
        choose=_("Choose a dataset to train on"),
        start=_("Start training"),
    ),
    inputs=(RecipeInput("dataset", "dataset"),),
    output_kind="model",
    output_files=(*MODEL_FILES, "training_log.jsonl"),
    message="Train a language model from scratch on %(dataset)s",
    pipeline_tag=PIPELINE_TAG,
    params=(
        *DATA,
        Param(
            "hidden_size",
            ParamKind.INTEGER,
            128,
            _("Width"),
            _("Numbers that stand for a token in each layer."),
            minimum=16,
            maximum=4096,
        ),
        Param("layers", ParamKind.INTEGER, 4, _("Layers"), minimum=1, maximum=48),
        Param(
            "attention_heads",
            ParamKind.INTEGER,
            4,
            _("Attention heads"),
            minimum=1,
            maximum=64,
            advanced=True,
        ),
        Param(
            "vocabulary_size",
            ParamKind.INTEGER,
            4096,
            _("Vocabulary"),
            _("Largest number of tokens of the tokenizer, which is learned from the training texts."),
            minimum=300,
            maximum=200_000,
        ),
        EPOCHS,
        replace(BLOCK_LENGTH, default=256),
        *optimization(
            _("A number or auto: 3e-3 up to 5M parameters, 1e-3 up to 50M, else 3e-4."),
            warmup_share=0.03,
            weight_decay=0.1,
        ),
        SEED,
    ),
    metrics=tuple(metric for metric in METRICS if metric is not LOSS_GAIN),
    charts=CHARTS,
    result=TrainingResult,
    check=check,
    resolve=resolve_scratch,
    work=work,
    presets=(
        Preset("quick", _("Quick"), {"epochs": 1.0, "layers": 2, "vocabulary_size": 2048}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"epochs": 10.0, "hidden_size": 256, "layers": 6}),
    ),
    fits=fits,
    suggest=suggest,
)
