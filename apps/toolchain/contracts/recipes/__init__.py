"""The recipes that jobs can run: each module of this package declares some.

BANYAN_RECIPES adds folders of further recipes, laid out like ours: `contracts/<name>.py` with declarations
and `workers/<name>/<kind>.py` with their code. Web and workers need the same ones.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from ..errors import ContractError
from ..kinds import KIND_WORDS, KindWords
from ..messages import format_message
from ..params import gettext_noop
from ..recipe import Recipe


def recipe_folders() -> list[Path]:
    """Return the folders of further recipes."""
    return [
        Path(folder).resolve() for folder in os.environ.get("BANYAN_RECIPES", "").split(os.pathsep) if folder
    ]


__path__ = [*__path__, *(str(folder / "contracts") for folder in recipe_folders())]


@cache
def all_recipes() -> tuple[Recipe, ...]:
    """Return the declarations of all modules, ours first, in alphabetical order of the modules.

    raises  ValueError if two have the same kind and name
    """
    found: dict[tuple[str, str], Recipe] = {}
    for folder in __path__:
        for module in sorted(one.name for one in iter_modules([folder])):
            for recipe in vars(import_module(f"{__name__}.{module}")).values():
                if not isinstance(recipe, Recipe):
                    continue
                if found.setdefault((recipe.kind, recipe.name), recipe) is not recipe:
                    raise ValueError(f"There are two {recipe.kind} recipes named {recipe.name}.")
    return tuple(found.values())


def recipes(kind: str | None = None) -> tuple[Recipe, ...]:
    return tuple(recipe for recipe in all_recipes() if kind in (None, recipe.kind))


def job_kinds() -> dict[str, KindWords]:
    """Return the kinds that recipes have, ours first, with their words."""
    found = {str(one.kind): one.kind_words for one in all_recipes()}
    ours = [str(kind) for kind in KIND_WORDS if kind in found]
    return {kind: found[kind] for kind in dict.fromkeys([*ours, *found])}


def kind_words(kind: str) -> KindWords:
    """Return the words for a kind, also of jobs whose recipe is gone; its own name serves for all of them."""
    return job_kinds().get(kind) or KIND_WORDS.get(kind) or KindWords(*[kind.replace("_", "-")] * 7)


def find_recipe(kind: str, name: str) -> Recipe | None:
    return next((one for one in all_recipes() if (one.kind, one.name) == (kind, name)), None)


def recipe_for(kind: str, name: str) -> Recipe:
    """Return the recipe of that kind and name.

    raises  ContractError on the field "kind" or "recipe"
    """
    if recipe := find_recipe(kind, name):
        return recipe
    if kind not in job_kinds():
        words = format_message(gettext_noop("There is no job kind %(kind)s."), kind=repr(kind[:40]))
        raise ContractError({"kind": words})
    words = format_message(
        gettext_noop("There is no %(kind)s recipe named %(name)s."), kind=kind[:40], name=repr(name[:80])
    )
    raise ContractError({"recipe": words})
