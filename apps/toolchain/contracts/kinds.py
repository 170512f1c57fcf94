"""The kinds of jobs and the words that pages use for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .params import gettext_noop as _


class JobKind(StrEnum):
    """What a job does."""

    FINE_TUNE = "fine_tune"
    EVALUATE = "evaluate"


@dataclass(frozen=True, slots=True)
class KindWords:
    """English, marked for translation.

    path    last part of the address where jobs of this kind are ordered
    title   of a job, with the addresses of its inputs as %(name)s
    act     on buttons and in titles of pages
    on      before the dataset's name
    choose  above the choice of a dataset
    start   on the button that submits the job
    """

    path: str
    title: str
    act: str
    on: str
    choose: str
    start: str


KIND_WORDS = {
    JobKind.FINE_TUNE: KindWords(
        path="fine-tune",
        title=_("Fine-tune of %(model)s"),
        act=_("Fine-tune"),
        on=_("Fine-tune on"),
        choose=_("Choose a dataset to fine-tune on"),
        start=_("Start fine-tuning"),
    ),
    JobKind.EVALUATE: KindWords(
        path="evaluate",
        title=_("Evaluation of %(model)s"),
        act=_("Evaluate"),
        on=_("Evaluate on"),
        choose=_("Choose a dataset to evaluate on"),
        start=_("Start evaluation"),
    ),
}
