"""The converter of URL paths for kinds of jobs: `fine-tune` is the kind `fine_tune`."""

from __future__ import annotations

import re

from django.urls import register_converter

from apps.toolchain.contracts import KIND_WORDS, job_kinds

WORDS = {**KIND_WORDS, **job_kinds()}
KINDS = {words.path: str(kind) for kind, words in WORDS.items()}


class JobKindPath:
    """The last part of the address where jobs of a kind are ordered."""

    regex = "|".join(map(re.escape, KINDS))

    def to_python(self, value: str) -> str:
        return KINDS[value]

    def to_url(self, value: str) -> str:
        return WORDS[value].path


def register() -> None:
    register_converter(JobKindPath, "job_kind")
