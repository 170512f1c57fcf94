"""The recipes: what a runner can do. They alone load torch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

from apps.toolchain.jobs.contracts import JobKind, JobSpec

from ..faults import OurFault
from ..run import Run

MODULES = {
    (JobKind.FINE_TUNE, "text-classification"): "text_classification.fine_tune",
    (JobKind.EVALUATE, "text-classification"): "text_classification.evaluate",
}
# where these are installed, transformers and accelerate load them for models and clouds that no recipe knows: a second a job
UNUSED = ("boto3", "scipy", "sklearn")


def recipe_function(spec: JobSpec) -> Callable[[Run], None]:
    """Return the function of the spec's recipe; importing it loads its libraries.

    raises  OurFault if this worker is older than the hub and lacks the recipe
    """
    module = MODULES.get((spec.kind, spec.recipe))
    if module is None:
        raise OurFault("worker_error", f"This worker has no {spec.kind} recipe named {spec.recipe}.")
    leave_out_unused()
    quieten()
    function: Callable[[Run], None] = import_module(f".{module}", __name__).run
    return function


def load_all() -> None:
    """Import every recipe."""
    leave_out_unused()
    quieten()
    for module in MODULES.values():
        import_module(f".{module}", __name__)


def leave_out_unused() -> None:
    """Let the libraries find that what no recipe uses is not installed."""
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def quieten() -> None:
    """Turn off the libraries' progress bars: the job has its own."""
    from datasets import disable_progress_bars
    from transformers.utils import logging

    disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
