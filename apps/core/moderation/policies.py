"""Policies of moderation: they open the review, the report or the person of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from apps.core.actor import Actor
from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, STAFF, Policy, check_writer

from .access import check_moderator, person_named, report_for, review_for
from .models import Report, ReviewItem


def _open_review(request: HubRequest, *, review_id: UUID, lock: bool = False) -> ReviewItem:
    return review_for(request.actor, review_id, lock=lock)


def _open_report(request: HubRequest, *, report_id: UUID, lock: bool = False) -> Report:
    return report_for(request.actor, report_id)


# staff who change something
MODERATOR = Policy("moderator", "staff; a token needs the write role", check=check_moderator)
REVIEW_READ = Policy(
    "review-read",
    "staff, and who moderates the place of the content",
    open=_open_review,
    takes=("review_id",),
    gives="review",
)
REVIEW_DECIDE = Policy(
    "review-decide",
    "staff, and who moderates the place of the content; a token needs the write role",
    check=check_writer,
    open=_open_review,
    takes=("review_id",),
    gives="review",
)
REPORT_READ = Policy(
    "report-read",
    "who sent the report, and who may decide on it",
    open=_open_report,
    takes=("report_id",),
    gives="report",
)


def _opening_person(name: str, words: str, check: Callable[[Actor], None] | None) -> Policy:
    def open_person(request: HubRequest, *, person: str, lock: bool = False) -> Any:
        return person_named(person)

    return Policy(name, words, check=check, open=open_person, takes=("person",), gives="person")


RECORD_READ = _opening_person("record-read", "staff, about a person", STAFF.check)
RECORD_CHANGE = _opening_person(
    "record-change", "staff, about a person; a token needs the write role", check_moderator
)
OTHER_PERSON = _opening_person("other-person", "signed in, about another person", SIGNED_IN.check)
OTHER_PERSON_CHANGE = _opening_person(
    "other-person-change", "signed in, about another person; a token needs the write role", check_writer
)
POLICIES = [
    MODERATOR,
    REVIEW_READ,
    REVIEW_DECIDE,
    REPORT_READ,
    RECORD_READ,
    RECORD_CHANGE,
    OTHER_PERSON,
    OTHER_PERSON_CHANGE,
]
