"""Recipes: what a kind of job takes, shows and yields, and the cleaning of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from .chats.dialogs import Example
from .errors import ContractError
from .estimates import Work
from .facts import DatasetFacts, ModelFacts
from .kinds import KIND_WORDS, KindWords
from .messages import format_message
from .params import Param, ParamKind, gettext_noop
from .results import EvaluationResult, ReportResult

MODEL_FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.model",
    "chat_template.jinja",
    "README.md",
)


INPUTS_LIMIT = 3
Given = TypeVar("Given")


class Unit(StrEnum):
    """How a number is shown: a fraction of 1 as a percentage."""

    FRACTION = "fraction"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class RecipeInput:
    """An input repository of a recipe.

    kind         "model" or "dataset"
    label        English, marked for translation; "" for the word for its kind
    is_optional  whether a job may do without it
    """

    name: str
    kind: str
    label: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a recipe reports by step or as a score of its result.

    name  in events, results and receipts
    """

    name: str
    label: str
    unit: Unit = Unit.NUMBER
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """Metrics by step that are drawn together.

    is_expected  whether it is drawn before its first value arrives
    """

    title: str
    metrics: tuple[str, ...]
    is_expected: bool = True


def fits_always(model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    return ""


def check_nothing(values: Mapping[str, Any]) -> dict[str, str]:
    return {}


def take_any_inputs(values: Mapping[str, Any], inputs: Collection[str]) -> dict[str, str]:
    return {}


def suggest_nothing(model: ModelFacts | None, dataset: DatasetFacts | None) -> dict[str, Any]:
    return {}


def resolve_nothing(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> dict[str, Any]:
    return {}


def work_unknown(
    values: Mapping[str, Any], model: ModelFacts | None, dataset: DatasetFacts | None
) -> Work | None:
    return None


@dataclass(frozen=True, slots=True)
class Preset:
    """A set of values for some parameters. name: quick, balanced or thorough; label as of a Param"""

    name: str
    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A kind of job for one task. Labels are English, marked for translation.

    kind          one of KIND_WORDS, or a further one with `words`
    name          in specs, addresses and receipts; `workers/ml/recipes/<name>/<kind>.py` has its `run`
    inputs        up to three repositories by name; a job is ordered from the page of the first one
    output_kind   kind of the repository that it creates, "" for none
    output_files  patterns of the paths that it may publish there
    message       of the commit, with the addresses of the required inputs as %(name)s
    artifact_files  patterns of the names of the files that a job may keep
    pipeline_tag  task of the models that it makes or scores, "" for none
    result        what it measures: an EvaluationResult is signed as a receipt; None for nothing
    baseline      what the baselines of its result are, English, marked for translation
    check         a message for each parameter that does not go with the others, by name
    check_inputs  a message for each parameter that does not go with the names of the inputs, by name
    fits          whether it can use the repositories: "" or the reason why not; either may be unknown
    suggest       values for parameters that depend on the repositories
    resolve       what the run will choose for parameters that are "auto", as far as it is known
    work          what it has to do, None if the repositories do not tell
    presets       sets of values to choose from; the defaults are the balanced one
    is_distributed  whether several processes can do it together, each with its share of every `batch_size`
    read_row      how the run reads a row of the dataset with these values (raises RowError), by which rows
                  are checked before an order; None if they are not
    words         of its kind
    """

    kind: str
    name: str
    label: str
    inputs: tuple[RecipeInput, ...]
    params: tuple[Param, ...]
    output_kind: str = ""
    output_files: tuple[str, ...] = ()
    message: str = ""
    artifact_files: tuple[str, ...] = ()
    pipeline_tag: str = ""
    metrics: tuple[Metric, ...] = ()
    charts: tuple[Chart, ...] = ()
    result: type[EvaluationResult] | type[ReportResult] | None = None
    baseline: str = gettext_noop("Majority-class baseline")
    check: Callable[[Mapping[str, Any]], Mapping[str, str]] = field(default=check_nothing)
    check_inputs: Callable[[Mapping[str, Any], Collection[str]], Mapping[str, str]] = field(
        default=take_any_inputs
    )
    fits: Callable[[ModelFacts | None, DatasetFacts | None], str] = field(default=fits_always)
    suggest: Callable[[ModelFacts | None, DatasetFacts | None], Mapping[str, Any]] = field(
        default=suggest_nothing
    )
    resolve: Callable[[Mapping[str, Any], ModelFacts | None, DatasetFacts | None], Mapping[str, Any]] = field(
        default=resolve_nothing
    )
    work: Callable[[Mapping[str, Any], ModelFacts | None, DatasetFacts | None], Work | None] = field(
        default=work_unknown
    )
    presets: tuple[Preset, ...] = ()
    is_distributed: bool = False
    read_row: Callable[[Mapping[str, Any], Mapping[str, Any]], Example] | None = None
    words: KindWords | None = None

    def __post_init__(self) -> None:
        """Check what both sides rely on.

        raises  ValueError
        """
        names = [one.name for one in self.inputs]
        if not 1 <= len(names) <= INPUTS_LIMIT or len(set(names)) < len(names):
            raise ValueError(f"{self.name}: a recipe takes one to {INPUTS_LIMIT} repositories, by name.")
        if self.main_input.is_optional:
            raise ValueError(f"{self.name}: the first input is the page's repository.")
        if self.kind not in KIND_WORDS and self.words is None:
            raise ValueError(f"{self.name}: its kind, {self.kind}, has no words.")
        required = {one.name for one in self.inputs if not one.is_optional}
        if self.signed_result and not {"model", "dataset"} <= required:
            raise ValueError(f"{self.name}: a receipt is about a model and a dataset.")
        if self.artifact_files and self.result is None:
            raise ValueError(f"{self.name}: artifacts are part of a result.")
        if bool(self.output_kind) != bool(self.output_files and self.message):
            raise ValueError(f"{self.name}: an output needs files and a commit message.")
        try:
            self.message % dict.fromkeys(required, "")
        except KeyError as error:
            raise ValueError(f"{self.name}: the message names {error}, which is no required input.") from None
        if not any(one.name == "seed" for one in self.params):
            raise ValueError(f"{self.name}: every job has a seed.")
        for preset in self.presets:
            clean_params(self, preset.values, is_json=True)

    @property
    def signed_result(self) -> type[EvaluationResult] | None:
        """The result that is signed as a receipt, None if the recipe has no such."""
        return self.result if self.result and issubclass(self.result, EvaluationResult) else None

    @property
    def main_input(self) -> RecipeInput:
        return self.inputs[0]

    @property
    def other_inputs(self) -> Sequence[RecipeInput]:
        """The repositories that the person who orders a job chooses."""
        return self.inputs[1:]

    def in_order(self, inputs: Mapping[str, Given]) -> dict[str, Given]:
        """Return what is given for inputs, in their order; without those that a job does without."""
        return {place.name: inputs[place.name] for place in self.inputs if place.name in inputs}

    @property
    def can_estimate(self) -> bool:
        return self.work is not work_unknown

    @property
    def kind_words(self) -> KindWords:
        return self.words or KIND_WORDS[self.kind]

    def param(self, name: str) -> Param:
        return next(param for param in self.params if param.name == name)

    def defaults(self) -> dict[str, Any]:
        return {param.name: param.default for param in self.params}

    def preset(self, name: str) -> Preset | None:
        return next((one for one in self.presets if one.name == name), None)

    def metric(self, name: str) -> Metric:
        """Return a metric, or one named by itself that the recipe does not declare."""
        return next((one for one in self.metrics if one.name == name), Metric(name, name))

    def shown_params(self, values: Mapping[str, Any]) -> list[Param]:
        """Return the parameters that have a meaning with these values."""
        return [param for param in self.params if param.name in values and param.is_used_with(values)]


def clean_params(recipe: Recipe, raw: Mapping[str, Any], *, is_json: bool = False) -> dict[str, Any]:
    """Return the value of every parameter of the recipe, with defaults filled in.

    raw      `{"lora": {"r": 8}}` is read as `lora_r`
    is_json  values must have their types already; those of a form are text
    raises   ContractError with a message for each invalid field, including unknown parameters
    """
    mappings = {param.name for param in recipe.params if param.kind is ParamKind.MAPPING}
    given, errors = _resolve_aliases(recipe, _flatten(raw, mappings))
    cleaned: dict[str, Any] = {}
    for param in recipe.params:
        try:
            cleaned[param.name] = param.clean(given.get(param.name), is_json=is_json)
        except ValueError as error:
            errors[param.name] = error.args[0]
    if not errors:
        errors = {**_without_unused(recipe, cleaned, is_json=is_json), **recipe.check(cleaned)}
    if errors:
        raise ContractError(errors)
    return cleaned


def _without_unused(recipe: Recipe, values: dict[str, Any], *, is_json: bool) -> dict[str, str]:
    """Reset parameters that have no meaning with the others; return a message for each that was set.

    A form sends all its fields, also those that a choice has made meaningless.
    """
    found: dict[str, str] = {}
    for param in recipe.params:
        if param.shown_if is None or param.is_used_with(values) or values[param.name] == param.default:
            continue
        values[param.name] = param.default
        if is_json:
            name, value = param.shown_if
            words = gettext_noop("Only used if %(name)s is %(value)s.")
            found[param.name] = format_message(words, name=name, value=value)
    return found


def _flatten(raw: Mapping[str, Any], mappings: Collection[str]) -> dict[str, Any]:
    """Return parameters without groups. mappings: names of those whose value is an object"""
    flat: dict[str, Any] = {}
    for name, value in raw.items():
        is_group = isinstance(value, Mapping) and name not in mappings
        flat.update({f"{name}_{key}": item for key, item in value.items()} if is_group else {name: value})
    return flat


def _resolve_aliases(recipe: Recipe, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    names = {alias: param.name for param in recipe.params for alias in (param.name, *param.aliases)}
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in raw.items():
        if name not in names:
            errors[str(name)[:80]] = gettext_noop("This recipe has no such parameter.")
        elif names[name] in given:
            errors[names[name]] = gettext_noop("Given more than once.")
        else:
            given[names[name]] = value
    return given, errors
