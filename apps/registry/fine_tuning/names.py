"""The names that clients call fine-tuned models and their checkpoints by.

source  OpenAI API: `ft:<base>:<organization>:<suffix>:<id>`, and `:ckpt-step-<number>` after it
"""

from __future__ import annotations

import re

CHECKPOINT = re.compile(r"(?P<name>ft:.+):ckpt-step-(?P<step>[0-9]{1,9})")
NAME_LIMIT = 96
UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")
KEY_CHARACTERS = 8


def is_tuned_name(text: str) -> bool:
    return text.startswith("ft:")


def tuned_name(base: str, owner: str, suffix: str, public_id: str) -> str:
    return f"ft:{base}:{owner}:{plain(suffix)}:{public_id[-KEY_CHARACTERS:]}"


def checkpoint_name(name: str, step: int) -> str:
    return f"{name}:ckpt-step-{step}"


def split_checkpoint(text: str) -> tuple[str, int | None]:
    """Return the name of the model and the step of the checkpoint, None for the model itself."""
    found = CHECKPOINT.fullmatch(text)
    return (found["name"], int(found["step"])) if found else (text, None)


def plain(text: str) -> str:
    """Return a text as a part of a repository's name."""
    return UNUSABLE.sub("-", text).strip("-._")


def output_name(base: str, ending: str) -> str:
    """Return the name of the repository for a tuned model: that of the base with an ending."""
    ending = plain(ending)[: NAME_LIMIT // 2]
    start = base.partition("/")[2][: NAME_LIMIT - len(ending) - 1].rstrip("-._")
    return f"{start}-{ending}" if ending else start
