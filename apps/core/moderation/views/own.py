"""What moderators decided about oneself, with the reasons; appeals and blocks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.web.actions import post_response, refusals_as_messages
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import SIGNED_IN, WRITER, requires

from ..forms import AppealForm
from ..models import Act
from ..policies import OTHER_PERSON_CHANGE
from ..presenters import decision_rows
from ..selectors import blocks_of, own_decisions
from ..services.blocks import block, unblock
from ..services.reports import appeal_decision

PAGE_SIZE, SHOWN_BLOCKS, PAGE = 30, 200, "/settings/standing"


@requires(SIGNED_IN)
@require_safe
def decisions(request: HubRequest) -> HttpResponse:
    page = page_by_cursor(
        own_decisions(request.actor), order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE_SIZE
    )
    context = {
        "decisions": decision_rows(page.items),
        "next": page.next_cursor,
        "blocks": blocks_of(request.actor)[:SHOWN_BLOCKS],
        "declines": (Act.DECLINE, Act.DECLINE_AND_BLOCK),
    }
    return render(request, "core/moderation/standing.html", context)


@requires(WRITER)
@require_POST
def appeal(request: HubRequest, decision_id: UUID) -> HttpResponse:
    form = AppealForm(request.POST)
    with refusals_as_messages(request):
        note = form.cleaned_data["note"] if form.is_valid() else ""
        appeal_decision(actor=request.actor, public_id=decision_id, note=note)
        return post_response(request, PAGE, _("Thank you. A moderator will look at it."))
    return post_response(request, PAGE)


@requires(OTHER_PERSON_CHANGE)
@require_POST
def set_block(request: HubRequest, person: Any) -> HttpResponse:
    """Block a person, or unblock them."""
    if "unblock" in request.POST:
        unblock(actor=request.actor, user_id=person.pk)
        return post_response(request, PAGE, _("Unblocked."))
    block(actor=request.actor, user_id=person.pk)
    return post_response(request, PAGE, _("Blocked."))
