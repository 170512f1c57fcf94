"""Polls: making one, voting, changing the vote, closing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.services.threads import add_event
from apps.core.errors import Forbidden

from ..access import can_edit, check_reply, check_writer, topic_for
from ..audit import Action
from ..errors import BadBallot, BadPoll, PollClosed, PollNotFound
from ..models import Ballot, Poll, PollOption, ResultsShown, Topic

OPTIONS_LIMIT, OPTION_LIMIT_CHARACTERS = 20, 200
BATCH = 500


@dataclass(frozen=True, slots=True)
class PollPlan:
    """A poll to be made, as `Poll` describes it."""

    options: Sequence[str]
    max_choices: int = 1
    is_secret: bool = True
    results_shown: ResultsShown = ResultsShown.ALWAYS
    closes_at: datetime | None = None


def add_poll(topic: Topic, plan: PollPlan) -> Poll:
    """Give a new topic its poll.

    raises  BadPoll
    """
    texts = [" ".join(text.split()) for text in plan.options]
    is_fit = 2 <= len(texts) <= OPTIONS_LIMIT and len(set(texts)) == len(texts)
    if not is_fit or not all(0 < len(text) <= OPTION_LIMIT_CHARACTERS for text in texts):
        raise BadPoll
    if not 1 <= plan.max_choices <= len(texts):
        raise BadPoll
    if plan.closes_at is not None and plan.closes_at <= timezone.now():
        raise BadPoll
    poll = Poll.objects.create(
        topic=topic,
        max_choices=plan.max_choices,
        is_secret=plan.is_secret,
        results_shown=plan.results_shown,
        closes_at=plan.closes_at,
    )
    options = [PollOption(poll=poll, position=place, text=text) for place, text in enumerate(texts)]
    PollOption.objects.bulk_create(options)
    return poll


@transaction.atomic
def vote(*, actor: Actor, public_id: int, positions: Collection[int]) -> Poll:
    """Choose options by their positions, in place of an earlier choice; none withdraws it.

    raises  TopicNotFound, PollNotFound, PollClosed, BadBallot, NoRepliesHere, TopicArchived
    """
    topic = topic_for(actor, public_id)
    check_reply(actor, topic)
    user_id = check_writer(actor)
    poll = _locked_poll(topic)
    if poll.is_closed or topic.thread.is_locked:
        raise PollClosed
    options = {option.position: option for option in poll.options.all()}
    chosen = set(positions)
    if len(chosen) > poll.max_choices or not chosen <= options.keys():
        raise BadBallot
    Ballot.objects.filter(option__poll=poll, user_id=user_id).delete()
    Ballot.objects.bulk_create(
        [Ballot(option=options[position], user_id=user_id) for position in sorted(chosen)]
    )
    _count(poll)
    return poll


@transaction.atomic
def close_poll(*, actor: Actor, public_id: int) -> Poll:
    """End a poll for good.

    raises  TopicNotFound, PollNotFound, Forbidden
    """
    topic = topic_for(actor, public_id, lock=True)
    check_writer(actor)
    if not can_edit(actor, topic):
        raise Forbidden
    poll = _locked_poll(topic)
    if poll.closed_at is None:
        poll.closed_at = timezone.now()
        poll.save(update_fields=["closed_at"])
        add_event(topic.thread, "poll_closed", author_id=actor.user_id)
        record(actor, Action.POLL_CLOSED, topic.public_id)
    return poll


def close_due_polls() -> int:
    """Write down the end of polls whose time has come; return how many."""
    due = Poll.objects.filter(closed_at=None, closes_at__lte=timezone.now()).order_by("pk")
    return sum(_close_due(poll_id) for poll_id in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _close_due(poll_id: int) -> bool:
    poll = Poll.objects.select_for_update(skip_locked=True).filter(pk=poll_id, closed_at=None).first()
    if poll is None:
        return False
    poll.closed_at = poll.closes_at
    poll.save(update_fields=["closed_at"])
    return True


def _locked_poll(topic: Topic) -> Poll:
    """Return the poll with its row locked: the ballots of all people are counted one after the other."""
    poll = Poll.objects.select_for_update().filter(topic=topic).first()
    if poll is None:
        raise PollNotFound
    return poll


def _count(poll: Poll) -> None:
    """Count the ballots of a locked poll."""
    rows = Ballot.objects.filter(option__poll=poll)
    counts = dict(rows.values_list("option_id").annotate(Count("pk")).order_by("option_id"))
    options = list(poll.options.all())
    for option in options:
        option.vote_count = counts.get(option.pk, 0)
    PollOption.objects.bulk_update(options, ["vote_count"])
    poll.voter_count = rows.values("user_id").distinct().count()
    poll.save(update_fields=["voter_count"])
