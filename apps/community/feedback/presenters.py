"""What pages of feedback show, as frozen values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apps.core.actor import Actor

from .models import Idea, StatusKind
from .selectors.ideas import own_votes

TONES = {
    StatusKind.OPEN: "",
    StatusKind.PLANNED: "info",
    StatusKind.STARTED: "warn",
    StatusKind.DONE: "good",
    StatusKind.DECLINED: "outline",
}


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """An idea in a list.

    has_voted  whether the reader votes for it
    tone       of its status
    """

    idea: Idea
    has_voted: bool
    tone: str


def idea_rows(actor: Actor, ideas: Collection[Idea]) -> list[IdeaRow]:
    votes = own_votes(actor, [idea.pk for idea in ideas])
    return [IdeaRow(idea, idea.pk in votes, tone_of(idea)) for idea in ideas]


def tone_of(idea: Idea) -> str:
    return TONES[StatusKind(idea.status.kind)]
