"""Cards: the metadata of repositories, their validation, and the facts derived from them."""

from .facts import Facts, derive_facts
from .front_matter import BadYaml, read_yaml, split_front_matter, to_storable
from .rules import CardReport, validate_card

__all__ = [
    "BadYaml",
    "CardReport",
    "Facts",
    "derive_facts",
    "read_yaml",
    "split_front_matter",
    "to_storable",
    "validate_card",
]
