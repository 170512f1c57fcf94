"""Chat: supervised fine-tuning of a language model on conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chat_training import (
    CHAT_LORA,
    CHAT_MAX_LENGTH,
    CHAT_METHOD,
    INPUTS,
    INSPECT,
    INSPECT_METRICS,
    INSPECT_WORDS,
    LARGE_MODEL_PARAMETERS,
    LOSS_GAIN,
    OF_BASE,
    OUTPUT_FILES,
    PERPLEXITY,
    PERPLEXITY_CHART,
    PIPELINE_TAG,
    PREVIEW_INPUTS,
    PREVIEWED_ROWS,
    ROLES,
    SAMPLES,
    SYSTEM_COLUMN,
    SYSTEM_PROMPT,
    TOKEN_ACCURACY,
    VALIDATION_PERPLEXITY,
    VALIDATION_TOKEN_ACCURACY,
    check_splits,
    column,
    fits_columns,
    inspect_work,
    optimization,
    suggested_splits,
    work,
)
from ..chats import Columns, Example, RowError, read_conversation
from ..estimates import Work
from ..facts import DatasetFacts, ModelFacts
from ..kinds import JobKind
from ..params import TRAINING, Param, ParamKind
from ..params import gettext_noop as _
from ..recipe import Preset, Recipe
from ..results import ReportResult, TrainingResult
from ..training import (
    EPOCHS,
    GRADIENT_NORM,
    GRADIENT_NORM_CHART,
    HELD_OUT_LOSS,
    LEARNING_RATE,
    LEARNING_RATE_CHART,
    LOSS,
    LOSS_CHART,
    PRECISION,
    SEED,
    SUBSET,
    TEST_SPLIT,
    TRAIN_SPLIT,
    VALIDATION_LOSS,
    VALIDATION_SPLIT,
)

NAME = "chat-sft"


def learning_rate(values: Mapping[str, Any], parameters: int) -> float:
    """Return the learning rate; "auto" depends on the method and on the size of the model."""
    if values["learning_rate"] != "auto":
        return float(values["learning_rate"])
    is_large = parameters > LARGE_MODEL_PARAMETERS
    if values["method"] == "lora":
        return 2e-4 if is_large else 1e-3
    return 2e-5 if is_large else 1e-4


def resolve(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> dict[str, Any]:
    """Return the learning rate that the run will choose, if the size of the model is known."""
    if values["learning_rate"] != "auto" or not model or not model.parameters:
        return {}
    return {"learning_rate": learning_rate(values, model.parameters)}


def work_of_training(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    return work(values, dataset)


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    """Return the splits of the dataset, and the columns of its chats by their names."""
    dataset = dataset or DatasetFacts()
    found = suggested_splits(dataset)
    try:
        place = Columns().resolved([one.name for one in dataset.columns])
    except RowError:
        return found
    return {
        **found,
        "messages_column": place.messages,
        "prompt_column": place.prompt,
        "context_column": place.context,
        "completion_column": place.completion,
        "system_column": place.system,
    }


def fits(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    return fits_columns(Columns().resolved, model, dataset)


def read_row(row: Mapping[str, Any], values: Mapping[str, Any]) -> Example:
    return read_conversation(row, Columns.of(values))


ROW_PARAMS = (
    column(
        "messages_column",
        _("Column of messages"),
        _("Lists of messages, as OpenAI and ShareGPT write them. Leave empty to find it by its name."),
        aliases=("text_column",),
    ),
    column(
        "prompt_column",
        _("Column of questions"),
        _("If there is no column of messages. Leave empty to find it by its name."),
        aliases=("prompt_text_column",),
    ),
    column(
        "completion_column",
        _("Column of answers"),
        _("If there is no column of messages. Leave empty to find it by its name."),
        aliases=("response_column",),
    ),
    column(
        "context_column",
        _("Column of inputs"),
        _("What is added to the question of each row, as in Alpaca."),
        advanced=True,
    ),
    SYSTEM_COLUMN,
    SYSTEM_PROMPT,
    ROLES,
)
LOSS_ON = Param(
    "loss_on",
    ParamKind.CHOICE,
    "answers",
    _("Train on"),
    _("What the model learns to write."),
    choices=(
        ("answers", _("All answers")),
        ("last", _("The last answer of each row")),
        ("all", _("The whole text, questions too")),
    ),
    advanced=True,
    group=TRAINING,
)

FINE_TUNE = Recipe(
    kind=JobKind.FINE_TUNE,
    name=NAME,
    label=_("Chat"),
    inputs=INPUTS,
    output_kind="model",
    output_files=OUTPUT_FILES,
    message="Fine-tune %(model)s on the chats of %(dataset)s",
    pipeline_tag=PIPELINE_TAG,
    params=(
        CHAT_METHOD,
        *ROW_PARAMS,
        SUBSET,
        TRAIN_SPLIT,
        VALIDATION_SPLIT,
        TEST_SPLIT,
        EPOCHS,
        CHAT_MAX_LENGTH,
        LOSS_ON,
        Param(
            "packing",
            ParamKind.BOOLEAN,
            False,
            _("Pack short rows"),
            _("Several rows fill one sequence, which saves time where rows are short. None sees another."),
            advanced=True,
            group=TRAINING,
        ),
        *optimization(
            _("A number or auto: 1e-3 for LoRA and 1e-4 in full, 2e-4 and 2e-5 above 200M parameters."),
            batch_size=8,
            weight_decay=0.0,
            warmup_share=0.03,
        ),
        PRECISION,
        *CHAT_LORA,
        *SAMPLES,
        SEED,
    ),
    metrics=(
        LOSS,
        VALIDATION_LOSS,
        VALIDATION_PERPLEXITY,
        VALIDATION_TOKEN_ACCURACY,
        LEARNING_RATE,
        GRADIENT_NORM,
        PERPLEXITY,
        TOKEN_ACCURACY,
        LOSS_GAIN,
        HELD_OUT_LOSS,
    ),
    charts=(LOSS_CHART, PERPLEXITY_CHART, LEARNING_RATE_CHART, GRADIENT_NORM_CHART),
    result=TrainingResult,
    baseline=OF_BASE,
    check=check_splits,
    resolve=resolve,
    work=work_of_training,
    presets=(
        Preset("quick", _("Quick"), {"epochs": 1.0, "max_length": 512}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"epochs": 5.0, "max_length": 2048, "early_stopping_patience": 5}),
    ),
    fits=fits,
    suggest=suggest,
    read_row=read_row,
)

PREVIEW = Recipe(
    kind=INSPECT,
    words=INSPECT_WORDS,
    name=NAME,
    label=_("Chat"),
    inputs=PREVIEW_INPUTS,
    params=(
        *ROW_PARAMS,
        SUBSET,
        TRAIN_SPLIT,
        VALIDATION_SPLIT,
        TEST_SPLIT,
        CHAT_MAX_LENGTH,
        LOSS_ON,
        PREVIEWED_ROWS,
        SEED,
    ),
    metrics=INSPECT_METRICS,
    result=ReportResult,
    check=check_splits,
    work=inspect_work,
    fits=fits,
    suggest=suggest,
    read_row=read_row,
)
