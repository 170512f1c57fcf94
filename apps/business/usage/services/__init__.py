"""Records usage, sets and enforces limits, counts what is stored."""

from .events import forget_namespace, record_usage
from .limits import check_limit, check_storage, over_limit, remove_limit, set_limit
from .stored import Correction, correct_stored, drop_item, grow_item, lock_item, recount_stored, store_item

__all__ = [
    "Correction",
    "check_limit",
    "check_storage",
    "correct_stored",
    "drop_item",
    "forget_namespace",
    "grow_item",
    "lock_item",
    "over_limit",
    "record_usage",
    "recount_stored",
    "remove_limit",
    "set_limit",
    "store_item",
]
