"""The recipes that a runner can execute: one package each, with one `run` per job kind."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from apps.toolchain.jobs.contracts import JobKind, JobSpec

from ..context import RecipeContext
from ..faults import PlatformFault

MODULES = {
    (JobKind.FINE_TUNE, "text-classification"): "text_classification.fine_tune",
    (JobKind.EVALUATE, "text-classification"): "text_classification.evaluate",
}


def recipe_function(spec: JobSpec) -> Callable[[RecipeContext], None]:
    """Return the spec's recipe function; importing it loads its libraries.

    raises  PlatformFault if this worker is older than the hub and lacks the recipe
    """
    module = MODULES.get((spec.kind, spec.recipe))
    if module is None:
        raise PlatformFault("worker_error", f"This worker has no {spec.kind} recipe named {spec.recipe}.")
    silence_libraries()
    function: Callable[[RecipeContext], None] = import_module(f".{module}", __name__).run
    return function


def load_all() -> None:
    """Import every recipe."""
    silence_libraries()
    for module in MODULES.values():
        import_module(f".{module}", __name__)


def silence_libraries() -> None:
    """Turn off the progress bars and warnings of libraries; the job reports its own progress."""
    from datasets import disable_progress_bars
    from transformers.utils import logging

    disable_progress_bars()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
