"""The recipes that a runner can execute: `<name>/<kind>.py` has the `run` of a declared recipe."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec

from apps.toolchain.contracts import JobSpec, recipe_folders, recipes

from ..context import RecipeContext
from ..faults import PlatformFault

__path__ = [*__path__, *(str(folder / "workers") for folder in recipe_folders())]


def recipe_function(spec: JobSpec) -> Callable[[RecipeContext], None]:
    """Return the spec's recipe function; importing it loads its libraries.

    raises  PlatformFault if this worker is older than the hub and lacks the recipe
    """
    if not any((one.kind, one.name) == (spec.kind, spec.recipe) for one in recipes()):
        raise PlatformFault("worker_error", f"This worker has no {spec.kind} recipe named {spec.recipe}.")
    silence_libraries()
    function: Callable[[RecipeContext], None] = import_module(module_of(spec.kind, spec.recipe)).run
    return function


def module_of(kind: str, name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}.{kind}"


def load_all() -> None:
    """Import every recipe that this worker has."""
    silence_libraries()
    for module in recipe_modules():
        import_module(module)


def recipe_modules() -> Iterator[str]:
    """Yield the names of the modules of this worker's recipes."""
    for recipe in recipes():
        module = module_of(recipe.kind, recipe.name)
        if find_spec(module.rpartition(".")[0]) is not None:
            yield module


def silence_libraries() -> None:
    """Turn off the progress bars and warnings of libraries; the job reports its own progress."""
    from datasets import disable_progress_bars
    from transformers.utils import logging

    warnings.simplefilter("ignore", FutureWarning)  # libraries of one set warn each other of the next one
    disable_progress_bars()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
