"""Whether a text may be published, is held for a moderator, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.errors import Refusal

from ..errors import Banned, NewAccountLimit, PostingPaused, Silenced
from ..models import TEXT_LIMIT_CHARACTERS, Assessment, SanctionKind, SwitchMode, Trust, TrustLevel
from ..selectors import ban_of, emergency, sanctions_in_force, trust_of
from .rules import RULES, Check, Facts, Rule, Submission, fold_text, score_of

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
KEPT_DAYS = 30
FLOOD_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may become of a text.

    refusal  why it may not be sent at all
    checks   what the rules found
    """

    is_held: bool = False
    score: int = 0
    checks: tuple[Check, ...] = ()
    refusal: Refusal | None = None

    @property
    def is_refused(self) -> bool:
        return self.refusal is not None

    def check(self) -> Outcome:
        """Return the outcome unless it is a refusal, which is raised."""
        if self.refusal is not None:
            raise self.refusal
        return self


PUBLISHED = Outcome()


def judge(*, actor: Actor, text: str, kind: str, facts: Facts | None = None) -> Outcome:
    """Decide on a text before it is stored, and keep what the rules found. The staff may write everything.

    kind  name of the ModeratedKind
    """
    if actor.is_staff or actor.user_id is None:
        return PUBLISHED
    facts = facts or Facts()
    user = get_user_model()._default_manager.only("email", "date_joined").get(pk=actor.user_id)
    trust = trust_of(actor.user_id)
    refusal = _refusal(actor.user_id, trust, user.email, facts) or _first_day_refusal(
        trust, user.date_joined, facts
    )
    if refusal is not None:
        log.info("text.refused", code=refusal.code, by=actor.name, kind=kind)
        return Outcome(refusal=refusal)
    submission = Submission(actor.user_id, user.email, text, fold_text(text), kind, facts, trust)
    checks = tuple(filter(None, (_apply(rule, submission) for rule in RULES if score_of(rule))))
    score = sum(check.score for check in checks)
    is_held = score >= _threshold(trust) or any(check.has_failed for check in checks)
    outcome = Outcome(is_held and trust.level < TrustLevel.REGULAR, score, checks)
    _store(submission, outcome)
    return outcome


def _refusal(user_id: int, trust: Trust, email: str, facts: Facts) -> Refusal | None:
    sanction = sanctions_in_force(user_id).filter(kind=SanctionKind.SILENCE).first()
    if sanction is not None:
        return Silenced(until=_as_text(sanction.until), reason=sanction.reason)
    if ban := ban_of(email=email, ip=facts.ip):
        return Banned(kind=ban.kind, until=_as_text(ban.until))
    switch = emergency()
    if switch and (switch.mode == SwitchMode.STAFF or trust.level < TrustLevel.BASIC):
        return PostingPaused(reason=switch.reason, until=_as_text(switch.ends_at))
    return None


def _as_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _first_day_refusal(trust: Trust, joined: datetime, facts: Facts) -> Refusal | None:
    """Limit what a new account sends on its first day."""
    limit = settings.NEW_ACCOUNT_THREADS if facts.starts_thread else settings.NEW_ACCOUNT_REPLIES
    if facts.is_edit or not limit or trust.level > TrustLevel.NEW or timezone.now() - joined > DAY:
        return None
    rows = Assessment.objects.filter(
        author_id=trust.user_id, starts_thread=facts.starts_thread, is_edit=False
    )
    return NewAccountLimit(limit=limit) if rows.count() >= limit else None


def _apply(rule: Rule, submission: Submission) -> Check | None:
    """Apply a rule; one that fails holds the text instead of failing the request."""
    try:
        with transaction.atomic():
            return RULES[rule](submission)
    except Exception as error:
        log.exception("rule.failed", rule=rule, error=str(error))
        return Check(rule, 0, has_failed=True)


def _threshold(trust: Trust) -> int:
    """Return the score from which a text is held: less for the first ones of a new account."""
    is_first = trust.level == TrustLevel.NEW and trust.approved < settings.NEW_ACCOUNT_REVIEWED_POSTS
    return int(settings.HOLD_SCORE_NEW if is_first else settings.HOLD_SCORE)


def _store(submission: Submission, outcome: Outcome) -> None:
    Assessment.objects.create(
        author_id=submission.user_id,
        kind=submission.kind,
        text=submission.folded[:TEXT_LIMIT_CHARACTERS],
        hash=submission.hash,
        starts_thread=submission.facts.starts_thread,
        is_edit=submission.facts.is_edit,
        score=outcome.score,
        is_held=outcome.is_held,
        checks=[check.as_json() for check in outcome.checks],
    )


def sweep_assessments() -> int:
    """Delete a batch of old outcomes; return how many."""
    old = Assessment.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:FLOOD_BATCH])
    return Assessment.objects.filter(pk__in=ids).delete()[0]
