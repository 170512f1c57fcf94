"""What recipes may know of repositories, which of them fit, and what they suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.registry.contents.previews.viewer import View
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.toolchain.contracts import (
    ColumnFacts,
    DatasetFacts,
    JobKind,
    ModelFacts,
    Recipe,
    recipes,
    translate_message,
)

ROOT_FILES_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """A recipe that can be ordered from the page of a repository.

    reason  why it does not fit, "" if it does
    """

    recipe: Recipe
    label: str
    reason: str


def offers_for(repo: Repo, kind: JobKind) -> list[Offer]:
    """Return the recipes of a kind whose first input is such a repository, those that fit first."""
    facts = model_facts(repo) if repo.kind == "model" else None
    found = [
        Offer(recipe, _(recipe.label), reason_of(recipe, facts, None))
        for recipe in recipes(kind)
        if recipe.main_input.kind == repo.kind
    ]
    return sorted(found, key=lambda one: bool(one.reason))


def reason_of(recipe: Recipe, model: ModelFacts | None, dataset: DatasetFacts | None) -> str:
    """Return why a recipe cannot use the repositories, translated; "" if it can."""
    return translate_message(_, recipe.fits(model, dataset))


def model_facts(repo: Repo) -> ModelFacts:
    """Return what is known of a model at its newest commit."""
    names = repo.config.get("architectures")
    architectures = tuple(str(name) for name in names) if isinstance(names, list) else ()
    return ModelFacts(repo.task, repo.library, architectures, _root_files(repo))


def _root_files(repo: Repo) -> tuple[str, ...]:
    if not repo.head:
        return ()
    entries = git_of(repo).tree(repo.head)
    return tuple(entry.path for entry, _place in zip(entries, range(ROOT_FILES_LIMIT), strict=False))


def dataset_facts(view: View) -> DatasetFacts:
    """Return what the first rows of a dataset tell."""
    columns = tuple(ColumnFacts(one.name, one.kind, one.is_class) for one in view.columns)
    subset = view.split.subset if view.split and view.split.subset != view.default else ""
    return DatasetFacts(subset, tuple(view.split_names), columns)


def suggested_params(
    recipe: Recipe, model: ModelFacts | None, dataset: DatasetFacts | None
) -> Mapping[str, Any]:
    """Return values for those parameters of a recipe that depend on the repositories."""
    known: Sequence[str] = [param.name for param in recipe.params]
    return {name: value for name, value in recipe.suggest(model, dataset).items() if name in known}
