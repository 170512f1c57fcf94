"""Text classification: fine-tuning a classifier and scoring one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..artifacts import SAMPLES_FILE
from ..errors import ContractError
from ..estimates import Work, tokens_of
from ..facts import ColumnFacts, DatasetFacts, ModelFacts, column_named, first_of
from ..kinds import JobKind
from ..messages import format_message
from ..params import DATA, SCORING, TRAINING, Param, ParamKind, Source
from ..params import gettext_noop as _
from ..recipe import MODEL_FILES, Chart, Metric, Preset, Recipe, RecipeInput, Unit
from ..results import EvaluationResult, Reference, TrainingResult
from ..shapes import Contract, read_field, read_object
from ..training import (
    AUTO_MAX_LENGTH,
    BOOTSTRAP_RESAMPLES,
    EPOCHS,
    EVALUATION_SPLIT,
    GRADIENT_NORM,
    GRADIENT_NORM_CHART,
    HELD_OUT_LOSS,
    KEEP_SAMPLES,
    LABEL_COLUMN,
    LABEL_MAP,
    LEARNING_RATE,
    LEARNING_RATE_CHART,
    LORA,
    LOSS,
    LOSS_CHART,
    MAX_LENGTH,
    MAX_SAMPLES,
    METHOD,
    OPTIMIZATION,
    PRECISION,
    SEED,
    SUBSET,
    TEST_SPLIT,
    TEXT_COLUMN,
    TRAIN_SPLIT,
    VALIDATION_LOSS,
    VALIDATION_SPLIT,
    learning_rate,
    total_steps,
    validation_interval,
)
from ..views import Confusion, Curve, Table, View, read_views, square_of_counts, view_to_json

NAME = "text-classification"


class LabelMatch(StrEnum):
    """How labels of a dataset became classes of a model; `auto` is asked for, the others are in receipts."""

    AUTO = "auto"
    NAME = "name"
    CASELESS_NAME = "caseless_name"
    NUMBER = "number"
    MAP = "map"


VALIDATION_SHARE = "0.1"
TEXT_NAMES = (
    "text",
    "sentence",
    "content",
    "review",
    "comment",
    "document",
    "tweet",
    "message",
    "question",
    "input",
)
# columns that hold the two texts of a pair
PAIR_NAMES = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"),
    ("text1", "text2"),
    ("text_a", "text_b"),
    ("question1", "question2"),
    ("query", "passage"),
)
LABEL_NAMES = ("label", "labels", "class", "category", "target", "sentiment", "rating", "y")
# Tasks of models that read something else than text, or whose weights are not a language model.
OTHER_TASKS = frozenset(
    """
    audio-classification audio-to-audio automatic-speech-recognition depth-estimation image-classification
    image-feature-extraction image-segmentation image-text-to-text image-to-image image-to-text image-to-video
    mask-generation object-detection tabular-classification tabular-regression text-to-image text-to-speech
    text-to-audio text-to-video time-series-forecasting unconditional-image-generation video-classification
    visual-question-answering zero-shot-image-classification
    """.split()
)
HEAD = "ForSequenceClassification"
ACCURACY = Metric("accuracy", _("Accuracy"), Unit.FRACTION)
MACRO_F1 = Metric("macro_f1", _("Macro F1"), Unit.FRACTION)
TEXT_PAIR_COLUMN = Param(
    "text_pair_column",
    ParamKind.TEXT,
    "",
    _("Second text column"),
    _("For pairs of texts, such as a premise and a hypothesis. Leave empty for single texts."),
    advanced=True,
    aliases=("text_pair",),
    source=Source.COLUMN,
    group=TEXT_COLUMN.group,
)
CALIBRATION_ERROR = Metric("calibration_error", _("Calibration error"), Unit.FRACTION, higher_is_better=False)
CLASSES_SHOWN = 200
ROC, FALSE_POSITIVES, TRUE_POSITIVES = _("ROC curve"), _("False positive rate"), _("True positive rate")
PRECISION_RECALL, RECALL, CLASS_PRECISION = _("Precision and recall"), _("Recall"), _("Precision")
CALIBRATION, CONFIDENCE_AXIS = _("Calibration"), _("Confidence")
RIGHT_SHARE, IDEAL = _("Share that is right"), _("Ideal")
LABEL_MATCH = Param(
    "label_match",
    ParamKind.CHOICE,
    LabelMatch.AUTO,
    _("Match labels"),
    _("How the dataset's labels are found among the model's classes."),
    choices=(
        (LabelMatch.AUTO.value, _("By name; by number if the model's classes have no names")),
        (LabelMatch.NUMBER.value, _("By number: 0 is the model's first class")),
    ),
    advanced=True,
    group=DATA,
)
CLASS_WEIGHTS = Param(
    "class_weights",
    ParamKind.CHOICE,
    "none",
    _("Class weights"),
    _("Balanced: rare classes count as much as frequent ones. Finds more of them, with more false alarms."),
    choices=(("none", _("None: every row counts the same")), ("balanced", _("Balanced"))),
    advanced=True,
    group=TRAINING,
)
LABEL_SMOOTHING = Param(
    "label_smoothing",
    ParamKind.NUMBER,
    0.0,
    _("Label smoothing"),
    _("Share of each label given to the other classes, such as 0.1. Helps where labels have mistakes."),
    minimum=0,
    maximum=0.5,
    advanced=True,
    aliases=("label_smoothing_factor",),
    group=TRAINING,
)
INPUTS = (RecipeInput("model", "model"), RecipeInput("dataset", "dataset"))


@dataclass(frozen=True, slots=True)
class Baseline(Contract):
    """The accuracy of always predicting the most frequent class of the split."""

    label: str
    accuracy: float

    @classmethod
    def from_json(cls, body: object) -> Baseline:
        fields = read_object(body, "baseline")
        return cls(read_field(fields, "label", str), read_field(fields, "accuracy", float))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationResult(EvaluationResult):
    """Scores of a classifier: accuracy, macro_f1 and roc_auc, all as fractions of 1.

    confusion    rows are true classes, columns are predictions, in the order of labels
    log_sha256   of lines {index, text hash, label, prediction, probabilities}
    label_match  how the labels were matched, "" in receipts of type 1
    curves       ROC, precision by recall, calibration; none in earlier receipts
    """

    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    baseline: Baseline
    label_match: str = ""
    curves: tuple[Curve, ...] = ()

    @staticmethod
    def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        labels = tuple(map(str, read_field(fields, "labels", list)))
        return {
            "labels": labels,
            "confusion": square_of_counts(read_field(fields, "confusion", list), len(labels)),
            "baseline": Baseline.from_json(fields.get("baseline")),
            "label_match": read_field(fields, "label_match", str, "")[:40],
            "curves": read_curves(fields),
        }

    def to_json(self) -> dict[str, Any]:
        facts = EvaluationResult.to_json(self)
        curves = [view_to_json(curve) for curve in self.curves]
        return {
            **{name: fact for name, fact in facts.items() if name != "curves"},
            **_if_any("curves", curves),
        }

    def references(self) -> Sequence[Reference]:
        words = _("Majority-class baseline")
        return (Reference("accuracy", words, self.baseline.accuracy, self.baseline.label),)

    def views(self) -> Sequence[View]:
        return (
            Confusion(self.labels, self.confusion),
            class_table(self.labels, self.confusion),
            *self.curves,
        )


def _if_any(name: str, values: list[Any]) -> dict[str, Any]:
    return {name: values} if values else {}


def read_curves(fields: Mapping[str, Any]) -> tuple[Curve, ...]:
    """Return the curves of a result (raises ContractError)."""
    views = read_views({"views": fields.get("curves") or []})
    if not all(isinstance(view, Curve) for view in views):
        raise ContractError({"curves": "Must be curves."})
    return tuple(view for view in views if isinstance(view, Curve))


def class_table(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Table:
    """Return precision, recall and F1 of each class with its number of samples; None where undefined."""
    rows = []
    for place, label in enumerate(labels[:CLASSES_SHOWN]):
        hits, support = counts[place][place], sum(counts[place])
        predicted = sum(row[place] for row in counts)
        values = (_share(hits, predicted), _share(hits, support), _share(2 * hits, support + predicted))
        rows.append((label, *values, support))
    return Table(_("By class"), (_("Class"), CLASS_PRECISION, RECALL, _("F1"), _("Samples")), tuple(rows))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def pair_of_columns(columns: Sequence[ColumnFacts]) -> tuple[str, str] | None:
    """Return the columns of two texts that belong together, None if none are named so."""
    texts = [one for one in columns if one.kind == "text"]
    pairs = ((column_named(texts, [one]), column_named(texts, [other])) for one, other in PAIR_NAMES)
    return next((pair for pair in pairs if all(pair)), None)


def text_column(columns: Sequence[ColumnFacts]) -> str:
    """Return the most likely text column: by name, else the first with free text, else any text."""
    texts = [one for one in columns if one.kind == "text"]
    free = [one.name for one in texts if not one.is_class]
    return column_named(texts, TEXT_NAMES) or next(iter([*free, *(one.name for one in texts)]), "")


def label_column(columns: Sequence[ColumnFacts]) -> str:
    """Return the most likely label column: by name, else the first with few values."""
    classes = (one.name for one in columns if one.is_class and one.kind in ("text", "integer", "boolean"))
    return column_named(columns, LABEL_NAMES) or next(classes, "")


def check_training(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what of the settings of a fine-tune contradicts itself."""
    errors: dict[str, str] = {}
    if values["labels"] and (foreign := sorted(set(values["label_map"].values()) - set(values["labels"]))):
        errors["label_map"] = format_message(
            _("%(names)s are not among the class names."), names=", ".join(foreign)
        )
    if len(values["labels"]) == 1:
        errors["labels"] = _("At least two classes are needed.")
    errors |= check_pair(values)
    if values["test_split"] and values["test_split"] == values["train_split"]:
        errors["test_split"] = _("Must be another split than the training split.")
    return errors


def check_pair(values: Mapping[str, Any]) -> dict[str, str]:
    is_same = values["text_pair_column"] == values["text_column"]
    return {"text_pair_column": _("Must be another column than the first text.")} if is_same else {}


def check_scoring(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what of the settings of an evaluation contradicts itself."""
    if values["label_map"] and values["label_match"] == LabelMatch.NUMBER:
        return {"label_map": _("Labels are matched either by number or by these names.")}
    return check_pair(values)


def work_of_training(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    """Return what a fine-tune has to do, None if the number of rows is not known."""
    rows, held_out = training_rows(values, dataset)
    if not rows or dataset is None:
        return None
    length = tokens_of(characters_of(values, dataset), values["max_length"])
    steps = total_steps(values, rows)[0]
    batch = values["batch_size"] * length
    validations = math.ceil(steps / validation_interval(values, rows))
    is_lora = values["method"] == "lora"
    return Work(
        steps=steps,
        trained_tokens=steps * min(rows, values["batch_size"] * values["gradient_accumulation"]) * length,
        scored_tokens=(validations * held_out + dataset.rows.get(values["test_split"], 0)) * length,
        batch_tokens=batch,
        copies=1.1 if is_lora else 4,
        trained_share=0.02 if is_lora else 1.0,
    )


def characters_of(values: Mapping[str, Any], dataset: DatasetFacts) -> float:
    """Return the mean length of what the model reads of a row, 0 if unknown."""
    return dataset.characters_of(values["text_column"]) + dataset.characters_of(values["text_pair_column"])


def training_rows(values: Mapping[str, Any], dataset: DatasetFacts | None) -> tuple[int, int]:
    """Return the numbers of rows to train and to validate on, 0 if unknown."""
    known = dataset.rows if dataset else {}
    rows, validation = known.get(values["train_split"], 0), values["validation_split"]
    try:
        share = float(validation)
    except ValueError:
        return rows, known.get(validation, 0)
    return rows - round(share * rows), round(share * rows)


def resolve_training(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> dict[str, Any]:
    """Return the learning rate that the run will choose, as far as the sizes are known."""
    rows = training_rows(values, dataset)[0]
    is_known = (values["method"] == "lora" and model and model.parameters) or rows
    if values["learning_rate"] != "auto" or not is_known:
        return {}
    return {"learning_rate": learning_rate(values, rows, model.parameters if model else 0)}


def work_of_scoring(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    """Return what an evaluation has to do, None if the number of rows is not known."""
    rows = dataset.rows.get(values["split"], 0) if dataset else 0
    if not rows or dataset is None:
        return None
    rows = min(rows, values["max_samples"] or rows)
    length = tokens_of(characters_of(values, dataset), values["max_length"])
    return Work(0, 0, rows * length, min(rows, values["batch_size"]) * length, copies=1, trained_share=0)


def fits_training(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    return _fits_model(model or ModelFacts()) or _fits_dataset(dataset)


def _fits_model(model: ModelFacts) -> str:
    if model.task in OTHER_TASKS:
        return format_message(_("The model is made for %(task)s, which does not read text."), task=model.task)
    if model.files and not any(file.endswith(".safetensors") for file in model.files):
        return _("The model has no safetensors weights.")
    return ""


def fits_scoring(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    if model and model.architectures and not any(name.endswith(HEAD) for name in model.architectures):
        return _("The model has no classification head. Fine-tune it first.")
    return fits_training(model, dataset)


def _fits_dataset(dataset: DatasetFacts | None) -> str:
    """Return why a dataset has no texts and labels; one whose columns are unknown may have them."""
    if dataset is None or not dataset.columns:
        return ""
    if not any(one.kind in ("text", "") for one in dataset.columns):
        return _("The dataset has no column of text.")
    if len(dataset.columns) < 2:
        return _("The dataset has only one column; a text and a label are needed.")
    return ""


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    """Return values for the parameters that depend on the dataset."""
    dataset = dataset or DatasetFacts()
    pair = pair_of_columns(dataset.columns)
    text, second = pair or (text_column(dataset.columns), "")
    found = {"text_column": text, "text_pair_column": second, "label_column": label_column(dataset.columns)}
    if names := dataset.splits:
        train = first_of(names, "train")
        others = [name for name in names if name != train]
        found |= {
            "train_split": train,
            "validation_split": "validation" if "validation" in others else VALIDATION_SHARE,
            "test_split": "test" if "test" in others else "",
            "split": first_of(names, "test", "validation"),
            "subset": dataset.subset,
        }
    return {name: value for name, value in found.items() if value or name in ("test_split", "subset")}


FINE_TUNE = Recipe(
    kind=JobKind.FINE_TUNE,
    is_distributed=True,
    name=NAME,
    label=_("Text classification"),
    inputs=INPUTS,
    output_kind="model",
    output_files=(
        *MODEL_FILES,
        "training_log.jsonl",
        "adapter/adapter_config.json",
        "adapter/adapter_model.safetensors",
        "adapter_config.json",
        "adapter_model.safetensors",
    ),
    message="Fine-tune %(model)s on %(dataset)s",
    pipeline_tag="text-classification",
    params=(
        METHOD,
        TEXT_COLUMN,
        TEXT_PAIR_COLUMN,
        LABEL_COLUMN,
        SUBSET,
        TRAIN_SPLIT,
        VALIDATION_SPLIT,
        TEST_SPLIT,
        Param(
            "labels",
            ParamKind.TEXTS,
            [],
            _("Class names"),
            _("In order, separated by commas. Leave empty to take them from the dataset."),
            advanced=True,
            source=Source.CLASSES,
            group=DATA,
        ),
        LABEL_MAP,
        EPOCHS,
        MAX_LENGTH,
        CLASS_WEIGHTS,
        LABEL_SMOOTHING,
        *OPTIMIZATION,
        PRECISION,
        *LORA,
        SEED,
    ),
    metrics=(
        LOSS,
        VALIDATION_LOSS,
        Metric("validation_accuracy", _("Accuracy"), Unit.FRACTION),
        Metric("validation_macro_f1", _("Macro F1"), Unit.FRACTION),
        LEARNING_RATE,
        GRADIENT_NORM,
        ACCURACY,
        MACRO_F1,
        HELD_OUT_LOSS,
    ),
    result=TrainingResult,
    charts=(
        LOSS_CHART,
        Chart(_("Scores on the validation split"), ("validation_accuracy", "validation_macro_f1")),
        LEARNING_RATE_CHART,
        GRADIENT_NORM_CHART,
    ),
    check=check_training,
    resolve=resolve_training,
    work=work_of_training,
    presets=(
        Preset("quick", _("Quick"), {"epochs": 1.0, "max_length": 128}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"epochs": 6.0, "max_length": 512, "early_stopping_patience": 5}),
    ),
    fits=fits_training,
    suggest=suggest,
)

EVALUATE = Recipe(
    kind=JobKind.EVALUATE,
    name=NAME,
    label=_("Text classification"),
    inputs=INPUTS,
    pipeline_tag="text-classification",
    params=(
        TEXT_COLUMN,
        TEXT_PAIR_COLUMN,
        LABEL_COLUMN,
        SUBSET,
        EVALUATION_SPLIT,
        LABEL_MAP,
        LABEL_MATCH,
        AUTO_MAX_LENGTH,
        Param(
            "batch_size",
            ParamKind.INTEGER,
            32,
            _("Batch size"),
            minimum=1,
            maximum=1024,
            advanced=True,
            group=SCORING,
        ),
        MAX_SAMPLES,
        BOOTSTRAP_RESAMPLES,
        KEEP_SAMPLES,
        SEED,
    ),
    metrics=(
        ACCURACY,
        MACRO_F1,
        Metric("roc_auc", _("ROC AUC"), Unit.FRACTION),
        CALIBRATION_ERROR,
    ),
    artifact_files=(SAMPLES_FILE,),
    result=ClassificationResult,
    check=check_scoring,
    work=work_of_scoring,
    presets=(
        Preset("quick", _("Quick"), {"max_samples": 1000}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"bootstrap_resamples": 10_000}),
    ),
    fits=fits_scoring,
    suggest=suggest,
)
