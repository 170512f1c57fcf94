"""Mailing notifications: claimed, sent, marked.

A worker that dies after sending and before marking sends again under the same Message-ID.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from smtplib import SMTPException, SMTPRecipientsRefused

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from apps.core.declaration import Recipient, declared

from ..letters import content_of, digest, letter
from ..models import DigestPeriod, MailMode, Notification, Preferences
from ..providers import kinds

log = structlog.get_logger(__name__)
BATCH = 50
RUN_SECONDS = 50
# what was claimed longer ago was left by a worker that died, or could not be sent
CLAIM, GIVEN_UP_AFTER = timedelta(minutes=15), timedelta(days=3)
PERIODS = {DigestPeriod.DAILY: timedelta(days=1), DigestPeriod.WEEKLY: timedelta(days=7)}
DIGEST_READ_LIMIT = 500


def send_due_mail() -> int:
    """Send the mail of events, for at most RUN_SECONDS; return how many were sent."""
    return _run(_claim_each, _send_each)


def send_due_digests() -> int:
    """Send the digests whose oldest event has waited for the person's period; return how many."""
    return _run(_claim_digests, _send_digests)


def record_bounce(email: str) -> None:
    """Send nothing more to an address that refuses mail."""
    for user_id in _holders(email):
        facts = {"bounced_at": timezone.now(), "bounced_email": email}
        Preferences.objects.update_or_create(pk=user_id, defaults=facts)


def _run(claim: Callable[[], Sequence[Notification]], send: Callable[[Sequence[Notification]], int]) -> int:
    sent, end = 0, time.monotonic() + RUN_SECONDS
    try:
        while time.monotonic() < end and (claimed := claim()):
            sent += send(claimed)
    except (OSError, SMTPException) as error:  # what is claimed is sent later
        log.error("mail.failed", template="notifications", error=str(error))
    return sent


# one mail per event


@transaction.atomic
def _claim_each() -> list[Notification]:
    rows = _waiting(MailMode.EACH).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    return _claim(list(rows[:BATCH]))


def _send_each(claimed: Sequence[Notification]) -> int:
    recipients = recipients_of({row.user_id for row in claimed})
    wanted = _still_wanted([row for row in claimed if row.user_id in recipients])
    _drop_others(claimed, wanted)
    events = {row.event_id: row.event for row in wanted}
    contents = {event_id: content_of(event) for event_id, event in events.items()}
    sent = 0
    with get_connection() as connection:
        for row in wanted:
            compose = partial(letter, row, recipients[row.user_id], contents[row.event_id])
            sent += _send(compose, [row], connection)
    return sent


# digests


@transaction.atomic
def _claim_digests() -> list[Notification]:
    """Claim all that waits for the digests of some people."""
    weekly = Preferences.objects.filter(digest=DigestPeriod.WEEKLY).values("pk")
    waiting = _waiting(MailMode.DIGEST).select_related(None).order_by()
    of_period = {
        DigestPeriod.DAILY: waiting.exclude(user_id__in=weekly),
        DigestPeriod.WEEKLY: waiting.filter(user_id__in=weekly),
    }
    people: list[int] = []
    for period, rows in of_period.items():
        due = rows.values("user_id").annotate(oldest=Min("created_at"))
        due = due.filter(oldest__lt=timezone.now() - PERIODS[period]).order_by("oldest")
        people += due.values_list("user_id", flat=True)[:BATCH]
    chosen = _waiting(MailMode.DIGEST).filter(user_id__in=people).order_by("user_id", "pk")
    return _claim(list(chosen.select_for_update(skip_locked=True, of=("self",))))


def _send_digests(claimed: Sequence[Notification]) -> int:
    recipients = recipients_of({row.user_id for row in claimed})
    of_person: dict[int, list[Notification]] = {}
    for row in claimed:
        if row.user_id in recipients:
            of_person.setdefault(row.user_id, []).append(row)
    wanted = _still_wanted([row for rows in of_person.values() for row in rows[:DIGEST_READ_LIMIT]])
    _drop_others(claimed, wanted)
    sent = 0
    with get_connection() as connection:
        for user_id, own in groupby(wanted, key=lambda row: row.user_id):
            rows = list(own)
            sent += _send(partial(digest, rows, recipients[user_id]), rows, connection)
    return sent


# both


def recipients_of(user_ids: Collection[int]) -> dict[int, Recipient]:
    """Return where people get mail; those whose address bounced are absent."""
    found = {user_id: at for reads in declared().mail_directories for user_id, at in reads(user_ids).items()}
    bounced = Preferences.objects.filter(pk__in=found, bounced_at__isnull=False)
    for user_id, email in bounced.values_list("pk", "bounced_email"):
        if found[user_id].email.casefold() == email.casefold():
            del found[user_id]
    return found


def _waiting(mode: MailMode) -> QuerySet[Notification]:
    unclaimed = Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIM)
    rows = Notification.objects.filter(unclaimed, mail=mode, mailed_at=None, event__withdrawn_at=None)
    return rows.select_related("event", "event__actor")


def _claim(rows: list[Notification]) -> list[Notification]:
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(claimed_at=timezone.now())
    return rows


def _still_wanted(rows: Sequence[Notification]) -> list[Notification]:
    """Return what people did not read yet and may still read, in a few queries for each event."""
    oldest = timezone.now() - GIVEN_UP_AFTER
    fresh = Notification.objects.filter(pk__in=[row.pk for row in rows], read_at=None, archived_at=None)
    ids = set(fresh.filter(event__withdrawn_at=None).values_list("pk", flat=True))
    unread = [
        row
        for row in rows
        if row.pk in ids and row.kind in kinds() and (row.mail == MailMode.DIGEST or row.created_at > oldest)
    ]
    people: dict[int, list[int]] = {}
    for row in unread:
        people.setdefault(row.event_id, []).append(row.user_id)
    events = {row.event_id: row.event for row in unread}
    readers = {
        event_id: set(kinds()[event.kind].readers(event, people[event_id]))
        for event_id, event in events.items()
    }
    return [row for row in unread if row.user_id in readers[row.event_id]]


def _send(
    compose: Callable[[], EmailMessage], rows: Sequence[Notification], connection: BaseEmailBackend
) -> bool:
    message = compose()
    message.connection = connection
    try:
        message.send()
    except SMTPRecipientsRefused as refused:
        _refused(refused, message.to[0])
        return False
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=timezone.now())
    return True


def _refused(refused: SMTPRecipientsRefused, email: str) -> None:
    """Treat an answer of 5xx as a bounce; after another one the mail is tried again."""
    codes = [code for code, _message in refused.recipients.values()]
    log.warning("mail.refused", codes=codes)
    if all(code >= 500 for code in codes):
        record_bounce(email)


def _drop_others(claimed: Sequence[Notification], wanted: Sequence[Notification]) -> None:
    """Mail nothing of what was claimed and is not wanted."""
    ids = {row.pk for row in claimed} - {row.pk for row in wanted}
    if ids:
        Notification.objects.filter(pk__in=ids).update(mail=MailMode.NONE)


def _holders(email: str) -> list[int]:
    return [pk for reads in declared().address_directories for pk in reads(email)]
