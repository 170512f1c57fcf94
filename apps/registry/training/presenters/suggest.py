"""What recipes may know of repositories, which of them fit, and what they suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.registry.contents.previews.viewer import View
from apps.registry.formats.tables.table import Table
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.toolchain.contracts import (
    ColumnFacts,
    DatasetFacts,
    ModelFacts,
    Recipe,
    recipes,
    translate_message,
)

ROOT_FILES_LIMIT = 1000
NUMBER_LIMIT = 10**7
# what configurations of different architectures call the same
LAYER_SETTINGS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers")
WIDTH_SETTINGS = ("hidden_size", "d_model", "n_embd", "dim")


@dataclass(frozen=True, slots=True)
class Offer:
    """A recipe that can be ordered from the page of a repository.

    reason  why it does not fit, "" if it does
    """

    recipe: Recipe
    label: str
    reason: str


def offers_for(repo: Repo, kind: str) -> list[Offer]:
    """Return the recipes of a kind whose first input is such a repository.

    Those that fit come first, and among them those for the model's own task.
    """
    facts = model_facts(repo) if repo.kind == "model" else None
    found = [
        Offer(recipe, _(recipe.label), reason_of(recipe, facts, None))
        for recipe in recipes(kind)
        if recipe.main_input.kind == repo.kind
    ]
    return sorted(found, key=lambda one: (bool(one.reason), one.recipe.pipeline_tag != repo.task))


def reason_of(recipe: Recipe, model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    """Return why a recipe cannot use the repositories, translated; "" if it can."""
    return translate_message(_, recipe.fits(model, dataset))


def model_facts(repo: Repo) -> ModelFacts:
    """Return what is known of a model at its newest commit."""
    names = repo.config.get("architectures")
    architectures = tuple(str(name) for name in names) if isinstance(names, list) else ()
    return ModelFacts(
        repo.task,
        repo.library,
        architectures,
        _root_files(repo),
        parameters=repo.parameters or 0,
        weight_bytes=repo.size_bytes,
        layers=_number(repo, LAYER_SETTINGS),
        width=_number(repo, WIDTH_SETTINGS),
    )


def _number(repo: Repo, names: Sequence[str]) -> int:
    """Return the first of the settings that the model's configuration has, 0 if none is a number."""
    found = (repo.config.get(name) for name in names)
    return next((one for one in found if isinstance(one, int) and 0 < one < NUMBER_LIMIT), 0)


def _root_files(repo: Repo) -> tuple[str, ...]:
    if not repo.head:
        return ()
    entries = git_of(repo).tree(repo.head)
    return tuple(entry.path for entry, _place in zip(entries, range(ROOT_FILES_LIMIT), strict=False))


def dataset_facts(view: View) -> DatasetFacts:
    """Return what the first rows of a dataset tell."""
    lengths = _mean_lengths(view.table)
    columns = tuple(
        ColumnFacts(one.name, one.kind, one.is_class, lengths.get(one.name, 0)) for one in view.columns
    )
    subset = view.split.subset if view.split and view.split.subset != view.default else ""
    splits = [one for one in view.splits if view.split and one.subset == view.split.subset]
    row_bytes = _row_bytes(view)
    rows = {one.name: max(1, round(one.size_bytes / row_bytes)) for one in splits} if row_bytes else {}
    return DatasetFacts(subset, tuple(view.split_names), columns, rows, sum(one.size_bytes for one in splits))


def _mean_lengths(table: Table) -> dict[str, float]:
    """Return the mean length of the texts of each column of the first rows."""
    texts = zip(table.columns, zip(*table.rows, strict=True), strict=True) if table.rows else ()
    found = {name: [len(one) for one in values if isinstance(one, str)] for name, values in texts}
    return {name: sum(lengths) / len(lengths) for name, lengths in found.items() if lengths}


def _row_bytes(view: View) -> float:
    """Return the mean size of a row in its file by the first rows, 0 if there are none."""
    table, size = view.table, view.file.size if view.file else 0
    if table.total:
        return size / table.total
    if table.next is not None and table.next.offset:
        return table.next.offset / max(1, table.next.row)
    return size / len(table.rows) if table.rows and table.next is None else 0


def suggested_params(
    recipe: Recipe, model: ModelFacts | None, dataset: DatasetFacts | None
) -> Mapping[str, Any]:
    """Return values for those parameters of a recipe that depend on the repositories."""
    known: Sequence[str] = [param.name for param in recipe.params]
    return {name: value for name, value in recipe.suggest(model, dataset).items() if name in known}
