"""A person's record, and what moderators do about the person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.web.actions import post_response, refusals_as_messages
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..forms import RemovalForm, SanctionForm, TrustForm
from ..models import ReviewItem
from ..policies import MODERATOR, RECORD_CHANGE, RECORD_READ
from ..presenters import decision_rows
from ..selectors import decisions_about, removals_of, sanctions_of, trust_of
from ..services.removals import remove_content_of, undo_removal
from ..services.sanctions import lift_sanction, sanction
from ..services.trust import lock_level

SHOWN = 30


@requires(RECORD_READ)
@require_safe
def record(request: HubRequest, person: Any) -> HttpResponse:
    """Show what moderation knows of a person."""
    return _page(request, person)


def _page(request: HubRequest, person: Any, *, status: int = 200, **forms: Any) -> HttpResponse:
    trust = trust_of(person.pk)
    level = trust.level if trust.is_locked else ""
    context = {
        "person": person,
        "trust": trust,
        "sanctions": sanctions_of(person.pk)[:SHOWN],
        "removals": removals_of(person.pk)[:SHOWN],
        "decisions": decision_rows(decisions_about(person.pk)[:SHOWN]),
        "open_reviews": ReviewItem.objects.filter(author=person, state="open").count(),
        "sanction_form": SanctionForm(),
        "removal_form": RemovalForm(),
        "trust_form": TrustForm(initial={"level": level}),
        **forms,
    }
    return render(request, "core/moderation/person.html", context, status=status)


def _record_of(person: Any) -> str:
    return f"/site/people/{person.get_username()}"


@requires(RECORD_CHANGE)
@require_POST
def impose(request: HubRequest, person: Any) -> HttpResponse:
    form = SanctionForm(request.POST)
    if not form.is_valid():
        return _page(request, person, sanction_form=form, status=422)
    with refusals_as_messages(request):
        sanction(actor=request.actor, user_id=person.pk, **form.facts())
    return post_response(request, _record_of(person))


@requires(MODERATOR)
@require_POST
def lift(request: HubRequest, sanction_id: UUID) -> HttpResponse:
    lifted = lift_sanction(actor=request.actor, public_id=sanction_id)
    return post_response(request, _record_of(lifted.user), _("The sanction was lifted."))


@requires(RECORD_CHANGE)
@require_POST
def remove(request: HubRequest, person: Any) -> HttpResponse:
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return _page(request, person, removal_form=form, status=422)
    with refusals_as_messages(request):
        remove_content_of(actor=request.actor, user_id=person.pk, reason=form.cleaned_data["removal_reason"])
    return post_response(request, _record_of(person))


@requires(MODERATOR)
@require_POST
def undo(request: HubRequest, removal_id: UUID) -> HttpResponse:
    """Undo a removal, or repeat one that was undone."""
    removal = undo_removal(
        actor=request.actor, public_id=removal_id, is_undone=request.POST.get("again") != "1"
    )
    return post_response(request, _record_of(removal.person))


@requires(RECORD_CHANGE)
@require_POST
def choose_level(request: HubRequest, person: Any) -> HttpResponse:
    form = TrustForm(request.POST)
    if not form.is_valid():
        return _page(request, person, trust_form=form, status=422)
    lock_level(actor=request.actor, user_id=person.pk, level=form.cleaned_data["level"])
    return post_response(request, _record_of(person), _("Saved."))
