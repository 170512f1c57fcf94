"""Text generation: answers of one or two language models, and the score of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..artifacts import SAMPLES_FILE
from ..estimates import Work, tokens_of
from ..facts import ColumnFacts, DatasetFacts, ModelFacts, column_named, first_of
from ..kinds import JobKind
from ..messages import format_message
from ..params import DATA, GENERATION, Param, ParamKind, Source
from ..params import gettext_noop as _
from ..recipe import Metric, Preset, Recipe, RecipeInput, Unit
from ..results import EvaluationResult, Reference, ReportResult
from ..shapes import Contract, read_field, read_object
from ..training import BOOTSTRAP_RESAMPLES, EVALUATION_SPLIT, KEEP_SAMPLES, SEED, SUBSET
from ..views import Table, View

NAME = "text-generation"
# ends of the names of architectures that write text
HEADS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
# tasks of models whose architecture has such a name and reads something else than text
OTHER_TASKS = frozenset(
    "automatic-speech-recognition image-text-to-text image-to-text text-to-speech text-to-audio "
    "visual-question-answering video-text-to-text audio-text-to-text".split()
)
PROMPT_NAMES = ("prompt", "question", "instruction", "messages", "conversations", "input", "query", "text")
REFERENCE_NAMES = (
    "answer",
    "answers",
    "response",
    "output",
    "completion",
    "reference",
    "target",
    "chosen",
    "messages",
    "conversations",
    "text",
)

# titles and heads of what the job shows and keeps
ANSWERS, PROMPT, REFERENCE = _("Answers"), _("Prompt"), _("Reference")
MODEL_HEADS = (
    _("Model"),
    _("Prompt format"),
    _("Weights"),
    _("Mean tokens"),
    _("Cut off"),
)
MODELS = _("Models")
ANSWERS_FILE = "answers.jsonl"

PROMPTS_LIMIT, PROMPT_CHARACTERS = 100, 20_000
TEMPLATE = Param(
    "template",
    ParamKind.CHOICE,
    "auto",
    _("Prompt format"),
    _("How prompts are put to the model."),
    choices=(
        ("auto", _("Chat template if the model has one")),
        ("chat", _("Chat template")),
        ("plain", _("Plain text, which the model continues")),
    ),
    advanced=True,
    group=GENERATION,
)
SYSTEM_PROMPT = Param(
    "system_prompt",
    ParamKind.LONG_TEXT,
    "",
    _("System prompt"),
    _("Precedes prompts that have no system message of their own."),
    maximum=PROMPT_CHARACTERS,
    advanced=True,
    group=GENERATION,
)
PROMPT_COLUMN = Param(
    "prompt_column",
    ParamKind.TEXT,
    "prompt",
    _("Prompt column"),
    _("Texts, or conversations: lists of messages with role and content. Their last answer is left out."),
    aliases=("prompt_text_column",),
    source=Source.COLUMN,
    group=DATA,
)
MAX_NEW_TOKENS = Param(
    "max_new_tokens",
    ParamKind.INTEGER,
    256,
    _("Max new tokens"),
    _("Longer answers are cut off."),
    minimum=1,
    maximum=16_384,
    group=GENERATION,
)
STOP = Param(
    "stop",
    ParamKind.TEXTS,
    [],
    _("Stop texts"),
    _("An answer ends before the first of these. Separate them with commas."),
    advanced=True,
    group=GENERATION,
)
BATCH_SIZE = Param(
    "batch_size",
    ParamKind.INTEGER,
    8,
    _("Batch size"),
    _("Prompts that are answered at once."),
    minimum=1,
    maximum=256,
    advanced=True,
    group=GENERATION,
)
SAMPLING = (
    Param(
        "temperature",
        ParamKind.NUMBER,
        0.7,
        _("Temperature"),
        _("0 takes the most likely token each time; more makes answers more varied."),
        minimum=0,
        maximum=2,
        group=GENERATION,
    ),
    Param(
        "top_p",
        ParamKind.NUMBER,
        0.95,
        _("Top p"),
        _("Only the most likely tokens that together have this probability."),
        minimum=0.01,
        maximum=1,
        advanced=True,
        group=GENERATION,
    ),
    Param(
        "top_k",
        ParamKind.INTEGER,
        0,
        _("Top k"),
        _("Only this many of the most likely tokens. 0 for all."),
        minimum=0,
        maximum=1000,
        advanced=True,
        group=GENERATION,
    ),
    Param(
        "repetition_penalty",
        ParamKind.NUMBER,
        1.0,
        _("Repetition penalty"),
        _("Above 1 avoids words that have been said."),
        minimum=0.5,
        maximum=2,
        advanced=True,
        group=GENERATION,
    ),
)


def rows_drawn(default: int) -> Param:
    return Param(
        "max_samples",
        ParamKind.INTEGER,
        default,
        _("Max samples"),
        _("A random sample of the rows. 0 for all."),
        minimum=0,
        maximum=1_000_000,
        group=DATA,
    )


@dataclass(frozen=True, slots=True)
class CommonAnswer(Contract):
    """Scores of always giving the dataset's most frequent answer."""

    exact_match: float
    f1: float

    @classmethod
    def from_json(cls, body: object) -> CommonAnswer:
        fields = read_object(body, "baseline")
        return cls(read_field(fields, "exact_match", float), read_field(fields, "f1", float))


@dataclass(frozen=True, slots=True)
class Lengths(Contract):
    """Mean lengths in tokens of the model."""

    answers: float
    references: float

    @classmethod
    def from_json(cls, body: object) -> Lengths:
        fields = read_object(body, "lengths")
        return cls(read_field(fields, "answers", float), read_field(fields, "references", float))


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationResult(EvaluationResult):
    """Scores of a language model.

    baseline    what the most frequent answer would score, None if no answers were written
    lengths     of answers and references, None if no answers were written
    log_sha256  of lines {index, prompt, reference and answer as hashes, scores, log-likelihood}
    """

    baseline: CommonAnswer | None = None
    lengths: Lengths | None = None

    @staticmethod
    def own_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
        baseline, lengths = fields.get("baseline"), fields.get("lengths")
        return {
            "baseline": None if baseline is None else CommonAnswer.from_json(baseline),
            "lengths": None if lengths is None else Lengths.from_json(lengths),
        }

    def references(self) -> Sequence[Reference]:
        if self.baseline is None:
            return ()
        return (
            Reference("exact_match", _("Exact match of the most frequent answer"), self.baseline.exact_match),
            Reference("f1", _("Word F1 of the most frequent answer"), self.baseline.f1),
        )

    def views(self) -> Sequence[View]:
        if self.lengths is None:
            return ()
        row = (self.lengths.answers, self.lengths.references)
        return (Table(_("Mean length in tokens"), (ANSWERS, _("References")), (row,)),)


def prompt_column(columns: Sequence[ColumnFacts]) -> str:
    """Return the most likely column of prompts: by name, else the first of texts or lists."""
    return column_named(columns, PROMPT_NAMES) or next(
        (one.name for one in columns if one.kind in ("text", "list")), ""
    )


def reference_column(columns: Sequence[ColumnFacts]) -> str:
    """Return the most likely column of answers: by name, else the second of texts, else the only one."""
    texts = [one.name for one in columns if one.kind in ("text", "list")]
    return column_named(columns, REFERENCE_NAMES) or next(iter(texts[1:] or texts), "")


def suggest(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    """Return the columns and the split of a dataset."""
    if dataset is None:
        return {}
    found = {
        "prompt_column": prompt_column(dataset.columns),
        "reference_column": reference_column(dataset.columns),
        "split": first_of(dataset.splits, "test", "validation"),
        "subset": dataset.subset,
    }
    return {name: value for name, value in found.items() if value}


def fits(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    return fits_model(model or ModelFacts()) or fits_dataset(dataset)


def fits_model(model: ModelFacts) -> str:
    """Return why a model writes no text, "" if it may."""
    if model.task in OTHER_TASKS:
        return format_message(_("The model is made for %(task)s, not for text alone."), task=model.task)
    if model.architectures and not any(name.endswith(HEADS) for name in model.architectures):
        return _("The model does not write text.")
    if model.files and not any(
        file.startswith("model") and file.endswith(".safetensors") for file in model.files
    ):
        return _("The model has no safetensors weights.")
    return ""


def fits_dataset(dataset: DatasetFacts | None) -> str:
    kinds = {one.kind for one in dataset.columns} if dataset else set()
    return "" if not kinds or kinds & {"text", "list", ""} else _("The dataset has no column of text.")


def check_source(values: Mapping[str, Any], inputs: Collection[str]) -> dict[str, str]:
    """Return a message if there is nothing to answer."""
    if values["prompts"] or "dataset" in inputs:
        return {}
    return {"prompts": _("Write a prompt or choose a dataset.")}


def work_of_answers(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    """Return what answering has to do with one model, None if the number of rows is not known."""
    own = [tokens_of(len(text), len(text)) for text in values["prompts"]]
    rows = rows_of(values, dataset)
    if not own and not rows:
        return None
    length = tokens_of(dataset.characters_of(values["prompt_column"]), 512) if dataset else 0.0
    answers = len(own) + rows
    batch = min(answers, values["batch_size"]) * (max([length, *own]) + values["max_new_tokens"])
    return Work(
        0,
        0,
        scored_tokens=sum(own) + rows * length,
        written_tokens=answers * values["max_new_tokens"],
        batch_tokens=batch,
        copies=1,
        trained_share=0,
    )


def work_of_scoring(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    """Return what an evaluation has to do, None if the number of rows is not known."""
    rows = rows_of(values, dataset)
    if not rows or dataset is None:
        return None
    reference = tokens_of(dataset.characters_of(values["reference_column"]), 10**6)
    if values["task"] == TEXT_TASK:
        return Work(0, 0, 2 * rows * reference, values["batch_size"] * reference, copies=1, trained_share=0)
    prompt = tokens_of(dataset.characters_of(values["prompt_column"]), 10**6)
    return Work(
        0,
        0,
        scored_tokens=rows * (2 * prompt + reference),
        written_tokens=rows * values["max_new_tokens"],
        batch_tokens=values["batch_size"] * (prompt + max(reference, values["max_new_tokens"])),
        copies=1,
        trained_share=0,
    )


def rows_of(values: Mapping[str, Any], dataset: DatasetFacts | None) -> int:
    rows = dataset.rows.get(values["split"], 0) if dataset else 0
    return min(rows, values["max_samples"] or rows)


GENERATE = Recipe(
    kind=JobKind.GENERATE,
    name=NAME,
    label=_("Answers to prompts"),
    inputs=(
        RecipeInput("model", "model"),
        RecipeInput("second_model", "model", _("Model to compare with"), is_optional=True),
        RecipeInput("dataset", "dataset", _("Dataset with prompts"), is_optional=True),
    ),
    artifact_files=(ANSWERS_FILE,),
    pipeline_tag="text-generation",
    params=(
        Param(
            "prompts",
            ParamKind.LONG_TEXTS,
            [],
            _("Prompts"),
            _("Separate several prompts with a line of three dashes: ---"),
            maximum=PROMPT_CHARACTERS,
            group=GENERATION,
        ),
        SYSTEM_PROMPT,
        MAX_NEW_TOKENS,
        *SAMPLING,
        STOP,
        TEMPLATE,
        BATCH_SIZE,
        PROMPT_COLUMN,
        SUBSET,
        EVALUATION_SPLIT,
        rows_drawn(20),
        SEED,
    ),
    result=ReportResult,
    check_inputs=check_source,
    work=work_of_answers,
    presets=(
        Preset("quick", _("Quick"), {"max_new_tokens": 64}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"max_new_tokens": 1024}),
    ),
    fits=fits,
    suggest=suggest,
)

ANSWERS_TASK, TEXT_TASK = "answers", "text"
OF_ANSWERS = ("task", ANSWERS_TASK)
EXACT_MATCH = Metric("exact_match", _("Exact match"), Unit.FRACTION)
F1 = Metric("f1", _("Word F1"), Unit.FRACTION)
BLEU = Metric("bleu", _("BLEU"))
CHRF = Metric("chrf", _("chrF"))
ROUGES = tuple(
    Metric(name, label, Unit.FRACTION)
    for name, label in (("rouge1", _("ROUGE-1")), ("rouge2", _("ROUGE-2")), ("rougeL", _("ROUGE-L")))
)
PERPLEXITY = Metric("perplexity", _("Perplexity"), higher_is_better=False)
BITS_PER_BYTE = Metric("bits_per_byte", _("Bits per byte"), higher_is_better=False)
REFUSALS = Metric("refusals", _("Refusals"), Unit.FRACTION, higher_is_better=False)
EMPTY = Metric("empty", _("Empty answers"), Unit.FRACTION, higher_is_better=False)
CUT_OFF = Metric("cut_off", _("Cut-off answers"), Unit.FRACTION, higher_is_better=False)

EVALUATE = Recipe(
    kind=JobKind.EVALUATE,
    name=NAME,
    label=_("Text generation"),
    inputs=(RecipeInput("model", "model"), RecipeInput("dataset", "dataset")),
    pipeline_tag="text-generation",
    params=(
        Param(
            "task",
            ParamKind.CHOICE,
            ANSWERS_TASK,
            _("What is scored"),
            choices=(
                (ANSWERS_TASK, _("Answers: compared with references, and how likely these are")),
                (TEXT_TASK, _("Texts: how likely they are")),
            ),
            group=DATA,
        ),
        Param(
            PROMPT_COLUMN.name,
            PROMPT_COLUMN.kind,
            PROMPT_COLUMN.default,
            PROMPT_COLUMN.label,
            PROMPT_COLUMN.help,
            source=Source.COLUMN,
            shown_if=OF_ANSWERS,
            group=DATA,
        ),
        Param(
            "reference_column",
            ParamKind.TEXT,
            "answer",
            _("Reference column"),
            _("Right answers: texts, lists of texts, or conversations that end with one. Or texts to score."),
            aliases=("target_column", "target_text_column"),
            source=Source.COLUMN,
            group=DATA,
        ),
        SUBSET,
        EVALUATION_SPLIT,
        rows_drawn(0),
        MAX_NEW_TOKENS,
        SYSTEM_PROMPT,
        STOP,
        TEMPLATE,
        BATCH_SIZE,
        Param(
            "context_length",
            ParamKind.AUTO_INTEGER,
            "auto",
            _("Context length"),
            _("In tokens, for the likelihood of long texts. auto: what the model reads, at most 1024."),
            minimum=16,
            maximum=131_072,
            advanced=True,
            group=GENERATION,
        ),
        BOOTSTRAP_RESAMPLES,
        KEEP_SAMPLES,
        SEED,
    ),
    artifact_files=(SAMPLES_FILE,),
    metrics=(
        EXACT_MATCH,
        F1,
        *ROUGES,
        BLEU,
        CHRF,
        PERPLEXITY,
        BITS_PER_BYTE,
        REFUSALS,
        EMPTY,
        CUT_OFF,
    ),
    baseline=_("Most frequent answer"),
    result=GenerationResult,
    work=work_of_scoring,
    presets=(
        Preset("quick", _("Quick"), {"max_samples": 100, "max_new_tokens": 64}),
        Preset("balanced", _("Balanced"), {}),
        Preset("thorough", _("Thorough"), {"bootstrap_resamples": 10_000, "max_new_tokens": 1024}),
    ),
    fits=fits,
    suggest=suggest,
)
