"""Preparing a dataset, and a report about one: texts, duplicates, leaks, personal data and splits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from ..facts import ColumnFacts, DatasetFacts, ModelFacts, column_named
from ..kinds import JobKind
from ..messages import format_message
from ..params import Param, ParamGroup, ParamKind, Source
from ..params import gettext_noop as _
from ..recipe import Metric, Preset, Recipe, RecipeInput, Unit
from ..results import ReportResult
from ..training import SEED, SUBSET
from .text_classification import LABEL_NAMES

LANGUAGE = re.compile(r"[a-z]{2,3}")
SHARES_LIMIT = 0.9


class PersonalData(StrEnum):
    """What names a person or opens an account; in capitals, the values replace it in texts."""

    EMAIL = "email"
    PHONE = "phone"
    CREDIT_CARD = "credit_card"
    IBAN = "iban"
    IP_ADDRESS = "ip_address"
    NATIONAL_ID = "national_id"
    SECRET = "secret"
    PERSON = "person"
    LOCATION = "location"


class Removal(StrEnum):
    """Why a row was removed; the values are those of removed_rows.parquet."""

    LENGTH = "length"
    LANGUAGE = "language"
    PERSONAL_DATA = "personal_data"
    BENCHMARK = "benchmark"
    LEAKED = "leaked"
    SAME = "same"
    SIMILAR = "similar"
    CONFLICT = "conflict"
    SAMPLED = "sampled"


class Word(StrEnum):
    """Titles and heads of the tables of a report: English, marked for translation."""

    ALSO_IN_ANOTHER_SPLIT = _("Also in another split")
    COLUMN = _("Column")
    COLUMNS = _("Columns")
    COLUMNS_AFTER = _("Columns after")
    COLUMNS_BEFORE = _("Columns before")
    DIFFERENT_VALUES = _("Different values")
    IN_THE_BENCHMARK = _("In the benchmark")
    KIND = _("Kind")
    LANGUAGE = _("Language")
    LANGUAGES_OF_A_SAMPLE = _("Languages of a sample")
    LONGEST_OR_LARGEST = _("Longest or largest")
    MEAN = _("Mean")
    MISSING = _("Missing")
    MOST_FREQUENT = _("Most frequent")
    NEW_SPLITS = _("New splits")
    OTHER_SPLIT = _("Other split")
    PERSONAL_DATA = _("Personal data")
    PLACES = _("Places")
    REPEATED_TEXTS = _("Repeated texts")
    ROWS = _("Rows")
    ROWS_AFTER = _("Rows after")
    ROWS_BEFORE = _("Rows before")
    SHORTEST_OR_LEAST = _("Shortest or least")
    SPLIT = _("Split")
    TEXT = _("Text")
    TEXTS_IN_TWO_SPLITS = _("Texts in two splits")
    TEXTS_WITH_MOST_REPETITIONS = _("Texts with most repetitions")
    TIMES = _("Times")
    TYPE = _("Type")


# what stands above the numbers of rows in the table of a report
REMOVAL_WORDS = {
    Removal.LENGTH: _("Too short or long"),
    Removal.LANGUAGE: _("Other language"),
    Removal.PERSONAL_DATA: _("Personal data"),
    Removal.BENCHMARK: _("In the benchmark"),
    Removal.LEAKED: _("In a held-out split"),
    Removal.SAME: _("Same text"),
    Removal.SIMILAR: _("Similar text"),
    Removal.CONFLICT: _("Several labels"),
    Removal.SAMPLED: _("Not sampled"),
}
# found by their form; names of people and places need further libraries
FORMAL_KINDS = tuple(one for one in PersonalData if one not in (PersonalData.PERSON, PersonalData.LOCATION))


class Duplicates(StrEnum):
    NEAR = "near"
    EXACT = "exact"
    KEEP = "keep"


class Leakage(StrEnum):
    REMOVE = "remove"
    REPORT = "report"


class Privacy(StrEnum):
    """What happens to personal data."""

    IGNORE = "ignore"
    REPORT = "report"
    REPLACE = "replace"
    NUMBER = "number"
    REMOVE = "remove"


class SplitPlan(StrEnum):
    KEEP = "keep"
    NEW = "new"


class DataFormat(StrEnum):
    PARQUET = "parquet"
    JSONL = "jsonl"
    CSV = "csv"


TEXTS = ParamGroup("texts", _("Texts"))
REPETITION = ParamGroup("repetition", _("Repetition and leaks"))
PRIVACY = ParamGroup("privacy", _("Personal data"))
SPLITS = ParamGroup("splits", _("Splits"))
SHAPE = ParamGroup("shape", _("Columns and files"))
WITH_NEW_SPLITS = ("splits", SplitPlan.NEW.value)

INPUTS = (
    RecipeInput("dataset", "dataset"),
    RecipeInput("benchmark", "dataset", label=_("Benchmark"), is_optional=True),
)
TEXT_COLUMNS = Param(
    "text_columns",
    ParamKind.TEXTS,
    [],
    _("Text columns"),
    _("Columns with the texts to look at, separated by commas. Leave empty for all that hold text."),
    source=Source.COLUMN,
    group=TEXTS,
)
LABEL = Param(
    "label_column",
    ParamKind.TEXT,
    "",
    _("Label column"),
    _("Class of each row, if it has one: new splits keep its shares, and texts with several are found."),
    source=Source.COLUMN,
    group=TEXTS,
)
DATA_SUBSET = replace(SUBSET, group=TEXTS)
STRIP_HTML = Param("strip_html", ParamKind.BOOLEAN, False, _("Remove HTML tags"), group=TEXTS)
LEAST_COMPARED = Param(
    "min_characters",
    ParamKind.INTEGER,
    0,
    _("Shortest length"),
    _("In characters. Shorter texts, such as yes, are not compared."),
    minimum=0,
    maximum=1_000_000,
    advanced=True,
    group=REPETITION,
)
EXAMPLES = Param(
    "examples",
    ParamKind.INTEGER,
    20,
    _("Examples"),
    _("How many of the texts with most repetitions are shown."),
    minimum=0,
    maximum=100,
    advanced=True,
    group=REPETITION,
)
DUPLICATES = Param(
    "duplicates",
    ParamKind.CHOICE,
    Duplicates.NEAR.value,
    _("Repeated texts"),
    _("Of texts that repeat each other the first is kept."),
    choices=(
        (Duplicates.NEAR.value, _("Remove the same and similar texts")),
        (Duplicates.EXACT.value, _("Remove the same texts, whatever their case and spaces")),
        (Duplicates.KEEP.value, _("Keep them, in one split")),
    ),
    group=REPETITION,
)
COMPARISON = Param(
    "duplicates",
    ParamKind.CHOICE,
    Duplicates.NEAR.value,
    _("Repeated texts"),
    _("What counts as a repetition."),
    choices=(
        (Duplicates.NEAR.value, _("The same and similar texts")),
        (Duplicates.EXACT.value, _("The same texts, whatever their case and spaces")),
    ),
    group=REPETITION,
)
SIMILARITY = Param(
    "similarity",
    ParamKind.NUMBER,
    0.8,
    _("Similarity"),
    _("Share of the parts of both texts that both have, from which they are similar."),
    minimum=0.5,
    maximum=1,
    advanced=True,
    shown_if=("duplicates", Duplicates.NEAR.value),
    group=REPETITION,
)
PERSONAL_KINDS = Param(
    "personal_kinds",
    ParamKind.TEXTS,
    [],
    _("Kinds of personal data"),
    _("email, phone, credit_card, iban, ip_address, national_id, secret. Leave empty for all."),
    advanced=True,
    group=PRIVACY,
)
NAMES = Param(
    "names",
    ParamKind.BOOLEAN,
    False,
    _("Also names of people and places"),
    _("In English texts, by a language model: slow, and never complete. Not every worker can do it."),
    advanced=True,
    group=PRIVACY,
)
ROWS = Metric("rows", _("Rows"))
REPEATED = Metric("repeated_share", _("Repeated texts"), Unit.FRACTION, higher_is_better=False)
LEAKED = Metric("leaked_share", _("Training texts in held-out splits"), Unit.FRACTION, higher_is_better=False)
IN_BENCHMARK = Metric("benchmark_share", _("Texts in the benchmark"), Unit.FRACTION, higher_is_better=False)
PERSONAL = Metric("personal_data", _("Places with personal data"), higher_is_better=False)
CHARACTERS = Metric("characters", _("Characters of text"))
METRICS = (ROWS, REPEATED, LEAKED, IN_BENCHMARK, PERSONAL, CHARACTERS)


def check_profile(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what of the settings of a report contradicts itself."""
    errors: dict[str, str] = {}
    if unknown := sorted(set(values["personal_kinds"]) - set(FORMAL_KINDS)):
        errors["personal_kinds"] = format_message(
            _("There is no such kind: %(names)s."), names=", ".join(unknown)
        )
    if values["label_column"] and values["label_column"] in values["text_columns"]:
        errors["label_column"] = _("Must be another column than the texts.")
    return errors


def check_preparation(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what of the settings of a preparation contradicts itself."""
    errors = {**check_profile(values), **check_columns(values)}
    if unknown := [one for one in values["languages"] if not LANGUAGE.fullmatch(one)]:
        errors["languages"] = format_message(
            _("%(name)s is no ISO 639 code such as en or zh."), name=repr(unknown[0])
        )
    if 0 < values["max_characters"] < values["min_characters"]:
        errors["max_characters"] = _("Must be at least the shortest length.")
    if values["splits"] == SplitPlan.NEW:
        total = values["validation_share"] + values["test_share"]
        if not 0 < total <= SHARES_LIMIT:
            errors["test_share"] = _(
                "The shares must leave at least a tenth for training, and hold out some."
            )
    return errors


def check_columns(values: Mapping[str, Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    names, kept = values["rename"], values["columns"]
    if len(set(names.values())) < len(names):
        errors["rename"] = _("Names must be unique and not empty.")
    elif kept and (missing := sorted(set(names) - set(kept))):
        errors["rename"] = format_message(
            _("%(names)s are not among the columns to keep."), names=", ".join(missing)
        )
    chat = values["prompt_column"], values["answer_column"]
    if any(chat) and not all(chat):
        errors["answer_column" if chat[0] else "prompt_column"] = _("A chat needs both columns.")
    elif chat[0] and chat[0] == chat[1]:
        errors["answer_column"] = _("Must be another column than the prompt.")
    return errors


def fits(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    if dataset and dataset.columns and not any(may_hold_text(one) for one in dataset.columns):
        return _("The dataset has no column of text.")
    return ""


def may_hold_text(column: ColumnFacts) -> bool:
    return column.kind not in ("integer", "number", "boolean", "image", "audio", "video")


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    """Return the columns of free text, and that of the label."""
    if dataset is None:
        return {}
    label = label_of(dataset.columns)
    texts = [one.name for one in dataset.columns if may_hold_text(one) and not one.is_class]
    return {
        "text_columns": [name for name in texts if name != label],
        "label_column": label,
        "subset": dataset.subset,
    }


def label_of(columns: Sequence[ColumnFacts]) -> str:
    return column_named([one for one in columns if one.is_class], LABEL_NAMES)


PREPARE = Recipe(
    kind=JobKind.PREPARE,
    name="data-preparation",
    label=_("Clean, deduplicate and split"),
    inputs=INPUTS,
    output_kind="dataset",
    output_files=(
        "README.md",
        "report.json",
        "data/*.parquet",
        "data/*.jsonl",
        "data/*.csv",
    ),
    message="Prepare %(dataset)s",
    artifact_files=("removed_rows.parquet",),
    params=(
        TEXT_COLUMNS,
        LABEL,
        DATA_SUBSET,
        Param(
            "clean",
            ParamKind.BOOLEAN,
            True,
            _("Clean texts"),
            _("Unicode in composed form, one kind of line end, no invisible characters, no outer space."),
            group=TEXTS,
        ),
        STRIP_HTML,
        Param(
            "min_characters",
            ParamKind.INTEGER,
            1,
            _("Shortest length"),
            _("In characters. Shorter texts are removed."),
            minimum=0,
            maximum=1_000_000,
            group=TEXTS,
            advanced=True,
        ),
        Param(
            "max_characters",
            ParamKind.INTEGER,
            0,
            _("Longest length"),
            _("In characters. Longer texts are removed. 0 for no limit."),
            minimum=0,
            maximum=100_000_000,
            group=TEXTS,
            advanced=True,
        ),
        Param(
            "languages",
            ParamKind.TEXTS,
            [],
            _("Languages to keep"),
            _("ISO 639 codes, such as en, zh. Texts too short to tell are kept. Leave empty for all."),
            group=TEXTS,
        ),
        DUPLICATES,
        SIMILARITY,
        Param(
            "conflicts",
            ParamKind.CHOICE,
            "keep",
            _("Texts with several labels"),
            choices=(("keep", _("Keep the first")), ("remove", _("Remove all of them"))),
            advanced=True,
            group=REPETITION,
        ),
        Param(
            "leakage",
            ParamKind.CHOICE,
            Leakage.REMOVE.value,
            _("Leaks"),
            _("Texts that are also in a split held out for validation or test, or in the benchmark."),
            choices=(
                (Leakage.REMOVE.value, _("Remove them from the training split")),
                (Leakage.REPORT.value, _("Only report them")),
            ),
            group=REPETITION,
        ),
        Param(
            "privacy",
            ParamKind.CHOICE,
            Privacy.REPORT.value,
            _("Personal data and secrets"),
            choices=(
                (Privacy.IGNORE.value, _("Do not look for them")),
                (Privacy.REPORT.value, _("Only report them")),
                (Privacy.REPLACE.value, _("Replace them: [EMAIL]")),
                (Privacy.NUMBER.value, _("Replace them and tell them apart: [EMAIL_1], [EMAIL_2]")),
                (Privacy.REMOVE.value, _("Remove the rows")),
            ),
            group=PRIVACY,
        ),
        PERSONAL_KINDS,
        NAMES,
        Param(
            "splits",
            ParamKind.CHOICE,
            SplitPlan.KEEP.value,
            _("Splits"),
            choices=(
                (SplitPlan.KEEP.value, _("Keep those of the dataset")),
                (SplitPlan.NEW.value, _("Join them and split anew")),
            ),
            group=SPLITS,
        ),
        Param(
            "validation_share",
            ParamKind.NUMBER,
            0.1,
            _("Validation share"),
            minimum=0,
            maximum=0.5,
            shown_if=WITH_NEW_SPLITS,
            group=SPLITS,
        ),
        Param(
            "test_share",
            ParamKind.NUMBER,
            0.1,
            _("Test share"),
            minimum=0,
            maximum=0.5,
            shown_if=WITH_NEW_SPLITS,
            group=SPLITS,
        ),
        Param(
            "group_column",
            ParamKind.TEXT,
            "",
            _("Group column"),
            _("Rows with the same value, such as one author's, stay in one split."),
            source=Source.COLUMN,
            shown_if=WITH_NEW_SPLITS,
            advanced=True,
            group=SPLITS,
        ),
        Param(
            "max_rows",
            ParamKind.INTEGER,
            0,
            _("Most rows"),
            _("A random sample of all splits together. 0 for all rows."),
            minimum=0,
            maximum=1_000_000_000,
            advanced=True,
            group=SPLITS,
        ),
        Param(
            "columns",
            ParamKind.TEXTS,
            [],
            _("Columns to keep"),
            _("Separated by commas. Leave empty for all."),
            source=Source.COLUMN,
            advanced=True,
            group=SHAPE,
        ),
        Param(
            "rename",
            ParamKind.MAPPING,
            {},
            _("New names of columns"),
            _("From and to: review=text, stars=label."),
            advanced=True,
            group=SHAPE,
        ),
        Param(
            "prompt_column",
            ParamKind.TEXT,
            "",
            _("Prompt column"),
            _("With an answer column, both become a chat in the column messages."),
            source=Source.COLUMN,
            advanced=True,
            group=SHAPE,
        ),
        Param(
            "answer_column",
            ParamKind.TEXT,
            "",
            _("Answer column"),
            source=Source.COLUMN,
            advanced=True,
            group=SHAPE,
        ),
        Param(
            "format",
            ParamKind.CHOICE,
            DataFormat.PARQUET.value,
            _("Format"),
            choices=(
                (DataFormat.PARQUET.value, "Parquet"),
                (DataFormat.JSONL.value, "JSON Lines"),
                (DataFormat.CSV.value, "CSV"),
            ),
            advanced=True,
            group=SHAPE,
        ),
        SEED,
    ),
    metrics=METRICS,
    result=ReportResult,
    baseline=_("Before"),
    check=check_preparation,
    presets=(
        Preset("quick", _("Quick"), {"duplicates": Duplicates.EXACT.value, "privacy": Privacy.IGNORE.value}),
        Preset("balanced", _("Balanced"), {}),
        Preset(
            "thorough",
            _("Thorough"),
            {"strip_html": True, "similarity": 0.7, "privacy": Privacy.REPLACE.value, "conflicts": "remove"},
        ),
    ),
    fits=fits,
    suggest=suggest,
)

PROFILE = Recipe(
    kind=JobKind.PREPARE,
    name="data-profile",
    label=_("Report without changes"),
    inputs=INPUTS,
    artifact_files=("repeated_rows.parquet",),
    params=(
        TEXT_COLUMNS,
        LABEL,
        DATA_SUBSET,
        STRIP_HTML,
        COMPARISON,
        SIMILARITY,
        LEAST_COMPARED,
        EXAMPLES,
        PERSONAL_KINDS,
        NAMES,
        SEED,
    ),
    metrics=METRICS,
    result=ReportResult,
    check=check_profile,
    fits=fits,
    suggest=suggest,
)
