"""Metadata of repositories, from cards and file headers."""

from ..gguf import BadGguf, Gguf, LongList, read_gguf
from ..safetensors import BadSafetensors, TensorSums, read_safetensors
from .facts import Facts, derive_facts
from .front_matter import BadYaml, read_yaml, split_front_matter, to_storable
from .rules import CardReport, validate_card

__all__ = [
    "BadGguf",
    "BadSafetensors",
    "BadYaml",
    "CardReport",
    "Facts",
    "Gguf",
    "LongList",
    "TensorSums",
    "derive_facts",
    "read_gguf",
    "read_safetensors",
    "read_yaml",
    "split_front_matter",
    "to_storable",
    "validate_card",
]
