"""Factories of boards, ideas and reviews."""

from __future__ import annotations

from apps.community.feedback.models import Board, Idea
from apps.community.feedback.services.boards import create_board
from apps.community.feedback.services.ideas import BugFacts, create_idea
from apps.community.reviews.models import Review
from apps.community.reviews.services import write_review
from tests.makers import Person


def a_board(person: Person, name: str = "Platform", **facts) -> Board:
    return create_board(actor=person.actor, name=name, **facts)


def an_idea(
    person: Person, board: Board, title: str = "Dark mode", source: str = "At night.", **facts
) -> Idea:
    return create_idea(actor=person.actor, board_slug=board.slug, title=title, source=source, **facts)


def a_security_report(person: Person, board: Board, **facts) -> Idea:
    return an_idea(person, board, "Tokens leak", "Steps.", bug=BugFacts(), is_security=True, **facts)


def a_review(person: Person, repo, stars: int = 4, source: str = "It works.", **facts) -> Review:
    return write_review(actor=person.actor, address=repo.address, stars=stars, source=source, **facts)
