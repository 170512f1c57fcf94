"""What trainings of chat models share: parameters, what they fit and what they have to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from .chats import RowError
from .chats.dialogs import Role
from .estimates import CHARACTERS_PER_TOKEN, Work
from .facts import DatasetFacts, ModelFacts, first_of
from .kinds import KindWords
from .params import DATA, GENERATION, Param, ParamKind, Source
from .params import gettext_noop as _
from .recipe import MODEL_FILES, Chart, Metric, RecipeInput, Unit
from .training import LORA, MAX_LENGTH, METHOD, OPTIMIZATION, total_steps, validation_interval

INPUTS = (RecipeInput("model", "model"), RecipeInput("dataset", "dataset"))
PREVIEW_INPUTS = tuple(reversed(INPUTS))
OUTPUT_FILES = (
    *MODEL_FILES,
    "training_log.jsonl",
    "samples.jsonl",
    "adapter/adapter_config.json",
    "adapter/adapter_model.safetensors",
    "adapter_config.json",
    "adapter_model.safetensors",
)
PIPELINE_TAG = "text-generation"
# classes that write text from the left to the right
WRITERS = ("ForCausalLM", "LMHeadModel")
VALIDATION_SHARE = "0.1"
LARGE_MODEL_PARAMETERS = 200_000_000
# layout, roles and quotation marks beside the text of a row
TEXT_SHARE = 0.8
# a chat needs room for a question and an answer
SHORTEST = 32


def column(name: str, label: str, help: str, **options: Any) -> Param:
    return Param(name, ParamKind.TEXT, "", label, help, source=Source.COLUMN, group=DATA, **options)


SYSTEM_COLUMN = column(
    "system_column",
    _("System column"),
    _("Dataset column with the system message of each row. Leave empty to find it by its name."),
    advanced=True,
)
ROLES = Param(
    "roles",
    ParamKind.MAPPING,
    {},
    _("Names of roles"),
    _("For other names than user, assistant and system: agent=assistant, client=user."),
    advanced=True,
    source=Source.CLASSES,
    group=DATA,
)
SYSTEM_PROMPT = Param(
    "system_prompt",
    ParamKind.LONG_TEXT,
    "",
    _("System message"),
    _("For rows that have none. Leave empty for none."),
    maximum=4000,
    advanced=True,
    group=DATA,
)
CHAT_MAX_LENGTH = replace(
    MAX_LENGTH,
    default=1024,
    help=_("In tokens. Longer rows are truncated; those whose answers no longer fit are left out."),
    minimum=SHORTEST,
    maximum=65536,
)
CHAT_METHOD = replace(METHOD, default="lora")
SAMPLES = (
    Param(
        "samples",
        ParamKind.INTEGER,
        3,
        _("Sample answers"),
        _("Questions of the validation split that the model answers at each validation. 0 for none."),
        minimum=0,
        maximum=16,
        advanced=True,
        group=GENERATION,
    ),
    Param(
        "sample_tokens",
        ParamKind.INTEGER,
        64,
        _("Length of sample answers"),
        _("In tokens, at most."),
        minimum=1,
        maximum=1024,
        advanced=True,
        group=GENERATION,
    ),
)


def optimization(learning_rate_help: str, **defaults: Any) -> tuple[Param, ...]:
    """Return the parameters of the optimization with other defaults, by name."""
    words = {"learning_rate": learning_rate_help}
    return tuple(
        replace(one, default=defaults.get(one.name, one.default), help=words.get(one.name, one.help))
        for one in OPTIMIZATION
    )


CHAT_LORA = tuple(
    replace(one, default={"lora_r": 16, "lora_alpha": 32}.get(one.name, one.default)) for one in LORA
)

# titles and columns of the answers at validations, in events and results
SAMPLES_TITLE = _("Sample answers")
QUESTION, EXPECTED, ANSWER = _("Question"), _("Expected answer"), _("Answer")
OF_BASE, OF_MODEL = _("Base model"), _("This model")

VALIDATION_PERPLEXITY = Metric("validation_perplexity", _("Validation perplexity"), higher_is_better=False)
VALIDATION_TOKEN_ACCURACY = Metric("validation_token_accuracy", _("Tokens predicted"), Unit.FRACTION)
PERPLEXITY = Metric("perplexity", _("Perplexity"), higher_is_better=False)
TOKEN_ACCURACY = Metric("token_accuracy", _("Tokens predicted"), Unit.FRACTION)
LOSS_GAIN = Metric("loss_gain", _("Loss below the base model's"))
PERPLEXITY_CHART = Chart(_("Perplexity on the validation split"), (VALIDATION_PERPLEXITY.name,))


# a job that reads all rows with the model's own tokenizer and template, and trains nothing
INSPECT = "inspect"
INSPECT_WORDS = KindWords(
    path=INSPECT,
    label=_("Data preview"),
    title=_("Preview of %(dataset)s for %(model)s"),
    act=_("Preview for training"),
    on=_("Preview for"),
    choose=_("Choose a model to preview it for"),
    start=_("Start preview"),
    icon="eye",
)
PREVIEWED_ROWS = Param(
    "preview_rows",
    ParamKind.INTEGER,
    5,
    _("Rows to show"),
    _("Rows that are shown as text and tokens."),
    minimum=1,
    maximum=50,
    group=GENERATION,
)
ROWS_TRUNCATED = Metric("rows_truncated", _("Rows truncated"), Unit.FRACTION, higher_is_better=False)
ROWS_LEFT_OUT = Metric("rows_left_out", _("Rows left out"), Unit.FRACTION, higher_is_better=False)
TOKENS_A_ROW = Metric("tokens_a_row", _("Tokens in a row, on average"))
LEARNED_SHARE = Metric("learned_share", _("Share of tokens that are learned"), Unit.FRACTION)
INSPECT_METRICS = (ROWS_TRUNCATED, ROWS_LEFT_OUT, TOKENS_A_ROW, LEARNED_SHARE)
# titles and heads of its views
PREVIEW_TITLE, HISTOGRAM_TITLE = _("Rows as the model reads them"), _("Rows by tokens")
ROW, AS_TEXT, AS_TOKENS, AS_LEARNED = _("Row"), _("Text"), _("Tokens"), _("Learned")
UP_TO = _("Tokens, at most")


def inspect_work(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    """Return that nothing is computed with the model's weights, if the number of rows is known."""
    return Work(0, 0, 0, 0, copies=0, trained_share=0) if any(training_rows(values, dataset)) else None


def fits_model(model: ModelFacts | None) -> str:
    """Return why a model does not write text, "" if it does or nothing is known."""
    if model is None:
        return ""
    if model.architectures and not any(name.endswith(WRITERS) for name in model.architectures):
        return _("The model does not write text: it is no causal language model.")
    if model.files and not any(file.endswith(".safetensors") for file in model.files):
        return _("The model has no safetensors weights.")
    return ""


def fits_columns(
    resolve: Callable[[Collection[str]], object], model: ModelFacts | None, dataset: DatasetFacts | None
) -> str:
    """Return why a model or the columns of a dataset do not fit, "" if they do or nothing is known.

    resolve  finds the columns of a row; raises RowError if one is missing
    """
    if reason := fits_model(model):
        return reason
    if dataset is None or not dataset.columns:
        return ""
    try:
        resolve([one.name for one in dataset.columns])
    except RowError as error:
        return error.message
    return ""


def suggested_splits(dataset: DatasetFacts) -> dict[str, Any]:
    """Return values for the parameters that name subsets and splits."""
    names = dataset.splits
    if not names:
        return {}
    train = first_of(names, "train")
    others = [name for name in names if name != train]
    return {
        "train_split": train,
        "validation_split": "validation" if "validation" in others else VALIDATION_SHARE,
        "test_split": "test" if "test" in others else "",
        "subset": dataset.subset,
    }


def training_rows(values: Mapping[str, Any], dataset: DatasetFacts | None) -> tuple[int, int, int]:
    """Return the numbers of rows to train, to validate and to test on, 0 if unknown."""
    known = dataset.rows if dataset else {}
    rows, validation = known.get(values["train_split"], 0), values["validation_split"]
    test = known.get(values["test_split"], 0)
    try:
        share = float(validation)
    except ValueError:
        return rows, known.get(validation, 0), test
    return rows - round(share * rows), round(share * rows), test


def row_tokens(values: Mapping[str, Any], dataset: DatasetFacts) -> float:
    """Return the mean tokens of a row by the size of the dataset, at most those that are read."""
    rows = sum(dataset.rows.values())
    known = TEXT_SHARE * dataset.bytes / rows / CHARACTERS_PER_TOKEN if rows and dataset.bytes else 0
    return float(min(values["max_length"], known or values["max_length"]))


def work(
    values: Mapping[str, Any],
    dataset: DatasetFacts | None,
    *,
    texts: int = 1,
    copies: float = 4,
    reference: float = 0,
) -> Work | None:
    """Return what a training has to do, None if the number of rows is not known.

    texts      that are read of each row
    copies     numbers held for each weight if all are trained
    reference  forward passes of a reference model for each trained token
    """
    rows, validation, test = training_rows(values, dataset)
    if not rows or dataset is None:
        return None
    length = texts * row_tokens(values, dataset)
    if values.get("packing"):
        rows = max(1, math.ceil(rows * length / values["max_length"]))
        length = values["max_length"]
    steps = total_steps(values, rows)[0]
    validations = 1 + math.ceil(steps / validation_interval(values, rows))
    trained = steps * min(rows, values["batch_size"] * values["gradient_accumulation"]) * length
    is_lora = values["method"] == "lora"
    # an answer reads its question once and then writes token by token
    samples = values["samples"] * (length + 2 * values["sample_tokens"]) * validations
    return Work(
        steps=steps,
        trained_tokens=trained,
        scored_tokens=(validations * validation + 2 * test) * length + reference * trained + samples,
        batch_tokens=values["batch_size"] * length,
        copies=1.1 if is_lora else copies,
        trained_share=0.02 if is_lora else 1.0,
    )


def check_splits(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what of the settings of a training contradicts itself."""
    errors: dict[str, str] = {}
    if values["test_split"] and values["test_split"] == values["train_split"]:
        errors["test_split"] = _("Must be another split than the training split.")
    if not set(values["roles"].values()) <= set(Role):
        errors["roles"] = _("Each name must stand for user, assistant or system.")
    return errors
