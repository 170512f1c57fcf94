"""What is ordered: a recipe, the page's repository and those that the person chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.registry.contents.previews.viewer import View, first_rows
from apps.registry.repos.access import visible_to
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.toolchain.contracts import DatasetFacts, ModelFacts, Recipe, RecipeInput

from .suggest import Offer, dataset_facts, model_facts, reason_of

SUGGESTED_REPOS = 12


@dataclass(frozen=True, slots=True)
class Chosen:
    """A repository at a revision that the person wrote, "" for its default branch, and its commit."""

    repo: Repo
    revision: str
    sha: str


@dataclass(frozen=True, slots=True)
class Launch:
    """A page's repository and what is ordered from it.

    chosen  further repositories by the recipe's names
    view    the first rows of the first dataset, if there is one
    """

    repo: Repo
    recipe: Recipe
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    view: View | None = None

    @property
    def repos(self) -> dict[str, Repo]:
        """The repositories by the recipe's names, in their order."""
        others = {name: one.repo for name, one in self.chosen.items()}
        return self.recipe.in_order({**others, self.recipe.main_input.name: self.repo})

    @property
    def dataset(self) -> Repo | None:
        return next((one for one in self.repos.values() if one.kind == RepoKind.DATASET), None)

    @property
    def required(self) -> list[tuple[str, Repo]]:
        """The repositories that the person had to choose, with the words for their kind."""
        places = [one for one in self.recipe.other_inputs if not one.is_optional]
        return [(label_of(one), self.chosen[one.name].repo) for one in places if one.name in self.chosen]

    def facts(self) -> tuple[ModelFacts | None, DatasetFacts | None]:
        """Return what the recipe may know of the repositories: of the first model and the first dataset."""
        model = next((one for one in self.repos.values() if one.kind == RepoKind.MODEL), None)
        return model_facts(model) if model else None, dataset_facts(self.view) if self.view else None

    def query(self, recipe: Recipe | None = None) -> str:
        """Return the query of the form's address, for the same repositories."""
        facts = {"recipe": (recipe or self.recipe).name}
        for name, one in self.chosen.items():
            facts |= {name: one.repo.address.id, f"{name}_revision": one.revision}
        return urlencode(facts)


def launch_of(repo: Repo, recipe: Recipe, chosen: Mapping[str, Chosen]) -> Launch:
    """Return what is ordered, with the first rows of its first dataset."""
    launch = Launch(repo, recipe, chosen)
    dataset = launch.dataset
    if dataset is None:
        return launch
    shas = {one.repo.pk: one.sha for one in chosen.values()}
    sha = shas.get(dataset.pk, dataset.head)
    return Launch(repo, recipe, chosen, first_rows(dataset, git_of(dataset), sha) if sha else None)


def fitting(launch: Launch, offers: Iterable[Offer]) -> list[tuple[Offer, str]]:
    """Return the recipes that can use the same repositories, and the queries of their forms."""
    facts = launch.facts()
    return [
        (one, launch.query(one.recipe))
        for one in offers
        if not missing_inputs(one.recipe, launch.chosen) and not reason_of(one.recipe, *facts)
    ]


def missing_inputs(recipe: Recipe, given: Iterable[str]) -> list[RecipeInput]:
    """Return the repositories that the person still has to choose."""
    names = set(given)
    return [one for one in recipe.other_inputs if not one.is_optional and one.name not in names]


def label_of(place: RecipeInput) -> str:
    if place.label:
        return _(place.label)
    return _("Dataset") if place.kind == RepoKind.DATASET else _("Model")


def suggested_repos(actor: Actor, kind: str) -> list[Repo]:
    """Return the repositories of a kind that the actor may read and that changed last."""
    rows = visible_to(actor).filter(kind=kind).exclude(head="").order_by("-updated_at", "id")
    return list(rows[:SUGGESTED_REPOS])


def choices_of(
    actor: Actor, recipe: Recipe, given: Mapping[str, tuple[str, str]], problems: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the repositories to choose, with what was written and suggestions.

    given     address and revision by name
    problems  why one that was written cannot be used, by name
    """
    return [
        {
            "input": place,
            "label": label_of(place),
            "address": given.get(place.name, ("", ""))[0],
            "revision": given.get(place.name, ("", ""))[1],
            "problem": problems.get(place.name, ""),
            "suggested": suggested_repos(actor, place.kind),
        }
        for place in recipe.other_inputs
        if not place.is_optional
    ]
