"""Kinds of jobs and the words that pages use for each.

A kind is a string. Ours are in `KIND_WORDS`; a recipe of any other kind brings its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .params import gettext_noop as _


class JobKind(StrEnum):
    """The kinds of our own recipes."""

    FINE_TUNE = "fine_tune"
    EVALUATE = "evaluate"
    PREPARE = "prepare"
    GENERATE = "generate"


@dataclass(frozen=True, slots=True)
class KindWords:
    """English, marked for translation.

    path    last part of the address where jobs of this kind are ordered
    label   of the kind, in lists and filters
    title   of a job, with the addresses of its inputs as %(name)s and that of the first as %(main)s
    act     on buttons and in titles of pages
    on      before the name of the repository that the person chooses
    choose  above that choice
    start   on the button that submits the job
    icon    of the kind
    """

    path: str
    label: str
    title: str
    act: str
    on: str
    choose: str
    start: str
    icon: str = "job"


KIND_WORDS: dict[str, KindWords] = {
    JobKind.FINE_TUNE: KindWords(
        path="fine-tune",
        label=_("Fine-tune"),
        title=_("Fine-tune of %(model)s"),
        act=_("Fine-tune"),
        on=_("Fine-tune on"),
        choose=_("Choose a dataset to fine-tune on"),
        start=_("Start fine-tuning"),
        icon="spark",
    ),
    JobKind.EVALUATE: KindWords(
        path="evaluate",
        label=_("Evaluation"),
        title=_("Evaluation of %(model)s"),
        act=_("Evaluate"),
        on=_("Evaluate on"),
        choose=_("Choose a dataset to evaluate on"),
        start=_("Start evaluation"),
        icon="shield",
    ),
    JobKind.PREPARE: KindWords(
        path="prepare",
        label=_("Preparation"),
        title=_("Preparation of %(main)s"),
        act=_("Prepare"),
        on=_("Prepare with"),
        choose=_("Choose a repository to prepare it with"),
        start=_("Start preparation"),
        icon="table",
    ),
    JobKind.GENERATE: KindWords(
        path="generate",
        label=_("Generation"),
        title=_("Answers of %(main)s"),
        act=_("Generate"),
        on=_("Generate for"),
        choose=_("Choose a dataset with prompts"),
        start=_("Start generating"),
        icon="text",
    ),
}
