"""Word tables: counts the words of a dataset, and scores how many of them a model's vocabulary has.

A recipe as small as one can be: it shares nothing with text classification but the kit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.toolchain.contracts import (
    Chart,
    DatasetFacts,
    EvaluationResult,
    JobKind,
    KindWords,
    Metric,
    ModelFacts,
    Param,
    ParamGroup,
    ParamKind,
    Recipe,
    RecipeInput,
    ReportResult,
    Table,
    Unit,
    View,
)
from apps.toolchain.contracts.params import gettext_noop as _
from apps.toolchain.contracts.shapes import read_field
from apps.toolchain.contracts.training import EVALUATION_SPLIT, SEED, SUBSET, TEXT_COLUMN, TRAIN_SPLIT

NAME = "word-table"
WORDS = ParamGroup("words", _("Words"))
WORD_COUNT = Metric("words", _("Words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageResult(EvaluationResult):
    """missing  pairs of a word that the model lacks and its count"""

    missing: tuple[tuple[str, int], ...]

    @staticmethod
    def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "missing": tuple((str(word), int(count)) for word, count in read_field(fields, "missing", list))
        }

    def views(self) -> Sequence[View]:
        return (Table(_("Missing words"), (_("Word"), _("Count")), self.missing),)


def fits(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    if model and model.files and "vocab.txt" not in model.files and "tokenizer.json" not in model.files:
        return _("The model has no vocabulary.")
    if dataset and dataset.columns and not any(one.kind == "text" for one in dataset.columns):
        return _("The dataset has no column of text.")
    return ""


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    if dataset is None or not dataset.splits:
        return {}
    texts = [one.name for one in dataset.columns if one.kind == "text"]
    first = {"text_column": texts[0]} if texts else {}
    return {**first, "subset": dataset.subset, "train_split": dataset.splits[0], "split": dataset.splits[-1]}


COUNT = Recipe(
    kind=JobKind.FINE_TUNE,
    name=NAME,
    label=_("Word table"),
    inputs=(
        RecipeInput("dataset", "dataset"),
        RecipeInput("known", "dataset", _("Words to leave out"), is_optional=True),
    ),
    output_kind="dataset",
    output_files=("README.md", "data/words.csv"),
    message="Count the words of %(dataset)s",
    artifact_files=("lines.txt",),
    result=ReportResult,
    params=(
        TEXT_COLUMN,
        SUBSET,
        TRAIN_SPLIT,
        Param("min_count", ParamKind.INTEGER, 1, _("Least count"), minimum=1, maximum=1000),
        SEED,
    ),
    metrics=(
        Metric("vocabulary", _("Words seen")),
        Metric("new_share", _("Share of new words"), Unit.FRACTION),
        WORD_COUNT,
    ),
    charts=(Chart(_("Vocabulary"), ("vocabulary",)), Chart(_("Novelty"), ("new_share",), is_expected=False)),
    fits=fits,
    suggest=suggest,
)

COVERAGE = Recipe(
    kind=JobKind.EVALUATE,
    name=NAME,
    label=_("Word coverage"),
    inputs=(RecipeInput("model", "model"), RecipeInput("dataset", "dataset")),
    params=(TEXT_COLUMN, SUBSET, EVALUATION_SPLIT, SEED),
    metrics=(
        Metric("coverage", _("Coverage"), Unit.FRACTION),
        Metric("missing_words", _("Missing words"), higher_is_better=False),
    ),
    result=CoverageResult,
    fits=fits,
    suggest=suggest,
)


def check_inputs(values: Mapping[str, Any], inputs: Collection[str]) -> dict[str, str]:
    if not values["words"] and "dataset" not in inputs:
        return {"words": _("Enter some words, or choose a dataset.")}
    return {}


COMPARE = Recipe(
    kind="compare_words",
    words=KindWords(
        path="compare-words",
        label=_("Comparison of words"),
        title=_("Comparison of %(main)s"),
        act=_("Compare words"),
        on=_("Compare on"),
        choose=_("Choose a dataset"),
        start=_("Start comparing"),
    ),
    name=NAME,
    label=_("Two vocabularies"),
    inputs=(
        RecipeInput("model", "model"),
        RecipeInput("other_model", "model", _("Second model")),
        RecipeInput("dataset", "dataset", is_optional=True),
    ),
    params=(Param("words", ParamKind.LONG_TEXT, "", _("Words"), maximum=1000, group=WORDS), SUBSET, SEED),
    metrics=(WORD_COUNT,),
    result=ReportResult,
    check_inputs=check_inputs,
)
