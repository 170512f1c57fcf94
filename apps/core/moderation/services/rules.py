"""The rules: what each finds in a text, and how much that adds to its score."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet
from django.utils import timezone

from ..models import TEXT_LIMIT_CHARACTERS, Assessment, Trust, TrustLevel
from ..selectors import domains_of

READ_CHARACTERS = 20_000
COMPARED_CHARACTERS, COMPARED_TEXTS, SIMILARITY = 40, 100, 0.8
DUPLICATE_WINDOW, PACE_WINDOW = timedelta(days=1), timedelta(minutes=10)
PACE_LIMIT, LEAST_SECONDS, LINKS_SCORED = 5, 3.0, 4
_LINK = re.compile(r"(?:https?://|\bwww\.)[^\s<>()\[\]\"'`]+", re.IGNORECASE)
_NOT_A_WORD = re.compile(r"[\W_]+")


class Rule(StrEnum):
    LINKS = "links"
    DUPLICATE = "duplicate"
    PACE = "pace"
    DISPOSABLE_MAIL = "disposable_mail"
    HONEYPOT = "honeypot"
    TOO_QUICK = "too_quick"
    NO_PROOF = "no_proof"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a submission besides its text.

    starts_thread  it is not a reply
    is_edit        it replaces a published text: likeness, pace and the limits of the first day do not count
    honeypot       what was typed into a field that people do not see
    seconds        since the form was opened; None without a form, as for programs
    ip             where it came from
    """

    starts_thread: bool = False
    is_edit: bool = False
    honeypot: str = ""
    seconds: float | None = None
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A text that somebody wants to publish.

    folded  the text without case, accents, punctuation and spaces between words
    """

    user_id: int
    email: str
    text: str
    folded: str
    kind: str
    facts: Facts
    trust: Trust

    @property
    def hash(self) -> str:
        return sha256(self.folded.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule found; has_failed if it could not be applied, which holds the text."""

    rule: str
    score: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    has_failed: bool = False

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"rule": str(self.rule), "score": self.score, "facts": dict(self.facts)}
        return found | {"has_failed": True} if self.has_failed else found


def fold_text(text: str) -> str:
    """Return the words of a text in one spelling: duplicates differ in case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text[:READ_CHARACTERS]).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", letters).strip()


def score_of(rule: Rule) -> int:
    return int(settings.RULE_SCORES[rule])


def other_sites(text: str) -> list[str]:
    """Return the links of a text that lead to other sites."""
    own = urlsplit(settings.PUBLIC_URL).netloc
    return [link for link in _LINK.findall(text[:READ_CHARACTERS]) if urlsplit(link).netloc != own]


def check_links(submission: Submission) -> Check | None:
    """Each link above the limit counts, for people below the level of members."""
    if submission.trust.level >= TrustLevel.MEMBER:
        return None
    excess = len(other_sites(submission.text)) - settings.NEW_ACCOUNT_LINKS
    if excess <= 0:
        return None
    return Check(Rule.LINKS, score_of(Rule.LINKS) * min(excess, LINKS_SCORED), {"excess": excess})


def check_duplicate(submission: Submission) -> Check | None:
    """The same or nearly the same was sent in the last day, by whomever."""
    if submission.facts.is_edit or len(submission.folded) < COMPARED_CHARACTERS:
        return None
    likeness = _same(submission) or _similar(submission)
    return Check(Rule.DUPLICATE, score_of(Rule.DUPLICATE), {"similarity": likeness}) if likeness else None


def _recent(window: timedelta) -> QuerySet[Assessment]:
    return Assessment.objects.filter(created_at__gte=timezone.now() - window, is_edit=False)


def _same(submission: Submission) -> float:
    return 1.0 if _recent(DUPLICATE_WINDOW).filter(hash=submission.hash).exists() else 0.0


def _similar(submission: Submission) -> float:
    """Compare with the newest texts: the cost has a limit, also in a flood."""
    newest = _recent(DUPLICATE_WINDOW).order_by("-created_at").values("pk")[:COMPARED_TEXTS]
    text = submission.folded[:TEXT_LIMIT_CHARACTERS]
    rows = Assessment.objects.filter(pk__in=newest).annotate(likeness=TrigramSimilarity("text", text))
    likeness = rows.order_by("-likeness").values_list("likeness", flat=True).first() or 0.0
    return round(likeness, 2) if likeness >= SIMILARITY else 0.0


def check_pace(submission: Submission) -> Check | None:
    """Many texts in a few minutes."""
    if submission.facts.is_edit:
        return None
    count = _recent(PACE_WINDOW).filter(author_id=submission.user_id).count()
    return Check(Rule.PACE, score_of(Rule.PACE), {"recent": count}) if count >= PACE_LIMIT else None


def check_disposable_mail(submission: Submission) -> Check | None:
    if not is_disposable(submission.email):
        return None
    domain = submission.email.rpartition("@")[2]
    return Check(Rule.DISPOSABLE_MAIL, score_of(Rule.DISPOSABLE_MAIL), {"domain": domain})


def is_disposable(email: str) -> bool:
    """Return whether the domain of an address, or one above it, gives away addresses for minutes."""
    # imported late: a list of several thousand names
    from disposable_email_domains import blocklist

    return not blocklist.isdisjoint(domains_of(email))


def check_honeypot(submission: Submission) -> Check | None:
    return Check(Rule.HONEYPOT, score_of(Rule.HONEYPOT)) if submission.facts.honeypot else None


def check_seconds(submission: Submission) -> Check | None:
    seconds = submission.facts.seconds
    if seconds is None or seconds >= LEAST_SECONDS:
        return None
    return Check(Rule.TOO_QUICK, score_of(Rule.TOO_QUICK), {"seconds": round(seconds, 1)})


def check_proof(submission: Submission) -> Check | None:
    """The account was made without the challenge of the sign-up form, as browsers without scripts do."""
    if submission.trust.has_proof is not False or submission.trust.level > TrustLevel.NEW:
        return None
    return Check(Rule.NO_PROOF, score_of(Rule.NO_PROOF))


RULES: dict[Rule, Callable[[Submission], Check | None]] = {
    Rule.LINKS: check_links,
    Rule.DUPLICATE: check_duplicate,
    Rule.PACE: check_pace,
    Rule.DISPOSABLE_MAIL: check_disposable_mail,
    Rule.HONEYPOT: check_honeypot,
    Rule.TOO_QUICK: check_seconds,
    Rule.NO_PROOF: check_proof,
}
