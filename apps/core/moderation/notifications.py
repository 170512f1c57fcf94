"""Decisions tell whom they concern, with the reasons, and those who had reported the content."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.core.notifications.models import Event, MailMode, Reason
from apps.core.notifications.providers import NotificationKind
from apps.core.notifications.services import announce, withdraw

from .models import Act, Cause, Decision, Report, ReportState
from .providers import ContentView, views_of

DECISION, OUTCOME = "decision", "report"
DECISIONS_PAGE = "/settings/standing"
DECLINES = (Act.DECLINE, Act.DECLINE_AND_BLOCK)
ON_CONTENT = (Act.APPROVE, Act.APPROVE_AND_TRUST, *DECLINES)
ON_PEOPLE = (Act.SANCTION, Act.LIFT_SANCTION, Act.REMOVE_ALL, Act.RESTORE_ALL)


class _Personal(NotificationKind):
    """Those whom the event names read it, nobody else."""

    default_mail = MailMode.EACH

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        return [user_id for user_id in user_ids if str(user_id) in event.direct]

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        return [event.pk for event in events if str(actor.user_id) in event.direct]


class DecisionNotifications(_Personal):
    name = DECISION
    label = gettext_lazy("Decisions of moderators")

    def headline(self, event: Event) -> str:
        sentences = {
            Act.APPROVE: _("Approved: %(title)s"),
            Act.APPROVE_AND_TRUST: _("Approved: %(title)s"),
            Act.DECLINE: _("Declined by a moderator: %(title)s"),
            Act.DECLINE_AND_BLOCK: _("Declined by a moderator, and your account is suspended: %(title)s"),
            Act.SANCTION: _("A moderator limited what your account can do"),
            Act.LIFT_SANCTION: _("Your account is no longer limited"),
            Act.REMOVE_ALL: _("A moderator removed what you published"),
            Act.RESTORE_ALL: _("What you published is visible again"),
        }
        return sentences[Act(event.facts["act"])] % {"title": event.title}


class OutcomeNotifications(_Personal):
    name = OUTCOME
    label = gettext_lazy("Your reports")
    default_mail = MailMode.DIGEST

    def headline(self, event: Event) -> str:
        is_removed = event.facts["act"] in DECLINES
        words = (
            _("Removed after your report: %(title)s") if is_removed else _("Reviewed, and kept: %(title)s")
        )
        return words % {"title": event.title}


def announce_decision(decision: Decision) -> None:
    """Tell the author, or the sanctioned person, and the reporters; an undo tells nobody."""
    if decision.undoes is not None:
        for kind in (DECISION, OUTCOME):
            withdraw(kind, source_of(decision.undoes))
    if decision.act not in (*ON_CONTENT, *ON_PEOPLE):
        return
    view = views_of([decision.content]).get(decision.content) if decision.content else None
    title = view.title if view else ""
    if decision.person_id is not None and _concerns_author(decision):
        _announce(DECISION, decision, title, DECISIONS_PAGE, [decision.person_id], decision.statement)
    _announce_outcome(decision, view)


def source_of(decision: Decision) -> str:
    return f"decision:{decision.pk}"


def _concerns_author(decision: Decision) -> bool:
    """An author need not hear that a report of visible content was rejected."""
    item = decision.review
    was_public = item is not None and item.cause == Cause.REPORTED and not decision.facts.get("was_hidden")
    return not (was_public and decision.act not in DECLINES)


def _announce_outcome(decision: Decision, view: ContentView | None) -> None:
    if decision.review_id is None or decision.act not in ON_CONTENT:
        return
    rows = Report.objects.filter(review_id=decision.review_id).exclude(state=ReportState.OPEN)
    reporters = list(rows.values_list("reporter_id", flat=True))
    if reporters and view:
        _announce(OUTCOME, decision, view.title, view.path, reporters)


def _announce(
    kind: str, decision: Decision, title: str, path: str, people: Collection[int], excerpt: str = ""
) -> None:
    """The event has no actor: moderators decide for the site."""
    announce(
        kind=kind,
        source=source_of(decision),
        title=title,
        path=path,
        actor=None,
        excerpt=excerpt,
        direct=dict.fromkeys(people, Reason.PERSONAL),
        facts={"act": decision.act},
    )
