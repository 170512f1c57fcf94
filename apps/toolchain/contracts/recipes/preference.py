"""Preference: direct preference optimization (DPO) of a language model on better and worse answers."""

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
    OF_BASE,
    OUTPUT_FILES,
    PIPELINE_TAG,
    PREVIEW_INPUTS,
    PREVIEWED_ROWS,
    ROLES,
    SAMPLES,
    SYSTEM_COLUMN,
    SYSTEM_PROMPT,
    check_splits,
    column,
    fits_columns,
    inspect_work,
    optimization,
    suggested_splits,
    work,
)
from ..chats import Example, PreferenceColumns, RowError, read_preference
from ..estimates import Work
from ..facts import DatasetFacts, ModelFacts
from ..kinds import JobKind
from ..params import TRAINING, Param, ParamKind
from ..params import gettext_noop as _
from ..recipe import Chart, Metric, Preset, Recipe, Unit
from ..results import ReportResult, TrainingResult
from ..training import (
    EPOCHS,
    GRADIENT_NORM,
    GRADIENT_NORM_CHART,
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

NAME = "preference"
REWARD_MARGIN = Metric("validation_reward_margin", _("Reward margin"))
REWARD_ACCURACY = Metric("validation_reward_accuracy", _("Reward accuracy"), Unit.FRACTION)
HELD_OUT_REWARD_MARGIN = Metric("reward_margin", _("Reward margin"))
HELD_OUT_REWARD_ACCURACY = Metric("reward_accuracy", _("Reward accuracy"), Unit.FRACTION)
PREFERENCE_ACCURACY = Metric("preference_accuracy", _("Better answer preferred"), Unit.FRACTION)


def learning_rate(values: Mapping[str, Any], parameters: int) -> float:
    """Return the learning rate; "auto" depends on the method and on the size of the model."""
    if values["learning_rate"] != "auto":
        return float(values["learning_rate"])
    is_large = parameters > LARGE_MODEL_PARAMETERS
    if values["method"] == "lora":
        return 2e-5 if is_large else 2e-4
    return 1e-6 if is_large else 2e-5


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
    """Return the work: both answers are read, by the model and once more by its base."""
    return work(values, dataset, texts=2, copies=5, reference=1)


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    """Return the splits of the dataset, and the columns of its answers by their names."""
    dataset = dataset or DatasetFacts()
    found = suggested_splits(dataset)
    try:
        place = PreferenceColumns().resolved([one.name for one in dataset.columns])
    except RowError:
        return found
    return {
        **found,
        "prompt_column": place.prompt,
        "chosen_column": place.chosen,
        "rejected_column": place.rejected,
        "system_column": place.system,
    }


def fits(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    return fits_columns(PreferenceColumns().resolved, model, dataset)


def read_row(row: Mapping[str, Any], values: Mapping[str, Any]) -> Example:
    return read_preference(row, PreferenceColumns.of(values))


ROW_PARAMS = (
    column(
        "prompt_column",
        _("Column of questions"),
        _("Leave empty to find it by its name, or if the columns of answers hold whole chats."),
        aliases=("prompt_text_column",),
    ),
    column(
        "chosen_column",
        _("Column of better answers"),
        _("Leave empty to find it by its name."),
        aliases=("text_column",),
    ),
    column(
        "rejected_column",
        _("Column of worse answers"),
        _("Leave empty to find it by its name."),
        aliases=("rejected_text_column",),
    ),
    SYSTEM_COLUMN,
    SYSTEM_PROMPT,
    ROLES,
)

FINE_TUNE = Recipe(
    kind=JobKind.FINE_TUNE,
    name=NAME,
    label=_("Preference (DPO)"),
    inputs=INPUTS,
    output_kind="model",
    output_files=OUTPUT_FILES,
    message="Tune %(model)s on the preferences of %(dataset)s",
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
        Param(
            "beta",
            ParamKind.NUMBER,
            0.1,
            _("Beta"),
            _("How strongly the model is held to its base: small values let it move away."),
            minimum=0.001,
            maximum=10,
            aliases=("dpo_beta",),
            group=TRAINING,
        ),
        Param(
            "label_smoothing",
            ParamKind.NUMBER,
            0.0,
            _("Label smoothing"),
            _("Share of the preferences that may be the wrong way round."),
            minimum=0,
            maximum=0.49,
            advanced=True,
            group=TRAINING,
        ),
        *optimization(
            _("A number or auto: 2e-4 for LoRA and 2e-5 in full, 2e-5 and 1e-6 above 200M parameters."),
            batch_size=4,
            weight_decay=0.0,
            warmup_share=0.1,
        ),
        PRECISION,
        *CHAT_LORA,
        *SAMPLES,
        SEED,
    ),
    metrics=(
        LOSS,
        VALIDATION_LOSS,
        REWARD_ACCURACY,
        REWARD_MARGIN,
        LEARNING_RATE,
        GRADIENT_NORM,
        PREFERENCE_ACCURACY,
        HELD_OUT_REWARD_ACCURACY,
        HELD_OUT_REWARD_MARGIN,
    ),
    charts=(
        LOSS_CHART,
        Chart(_("Reward accuracy on the validation split"), (REWARD_ACCURACY.name,)),
        Chart(_("Reward margin on the validation split"), (REWARD_MARGIN.name,)),
        LEARNING_RATE_CHART,
        GRADIENT_NORM_CHART,
    ),
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
    label=_("Preference (DPO)"),
    inputs=PREVIEW_INPUTS,
    params=(
        *ROW_PARAMS,
        SUBSET,
        TRAIN_SPLIT,
        VALIDATION_SPLIT,
        TEST_SPLIT,
        CHAT_MAX_LENGTH,
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
