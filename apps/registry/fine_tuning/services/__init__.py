"""Ordering and steering fine-tunes."""

from .control import cancel_fine_tune, delete_name, pause_fine_tune, resume_fine_tune
from .order import FineTuneOrder, order_fine_tune
from .results import with_result_file

__all__ = [
    "FineTuneOrder",
    "cancel_fine_tune",
    "delete_name",
    "order_fine_tune",
    "pause_fine_tune",
    "resume_fine_tune",
    "with_result_file",
]
