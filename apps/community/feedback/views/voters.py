"""Who votes for an idea, and votes on behalf of people: for the team of its board."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..forms import BehalfForm
from ..models import Idea
from ..policies import IDEA_TEAM
from ..selectors.ideas import votes_of, weight_of
from ..services.votes import remove_vote_on_behalf, vote_on_behalf

PAGE_VOTES = 50


@requires(IDEA_TEAM)
@require_safe
def voters(request: HubRequest, idea: Idea) -> HttpResponse:
    return _page(request, idea)


def _page(request: HubRequest, idea: Idea, *, status: int = 200, **forms: Any) -> HttpResponse:
    page = page_by_cursor(votes_of(idea), order=("-pk",), cursor=request.GET.get("cursor"), limit=PAGE_VOTES)
    facts = {
        "idea": idea,
        "votes": page.items,
        "next": page.next_cursor,
        "weight": weight_of(idea),
        "form": BehalfForm(),
        **forms,
    }
    return render(request, "community/feedback/voters.html", facts, status=status)


def _path(idea: Idea) -> str:
    return f"{idea.get_absolute_url()}/voters"


@requires(IDEA_TEAM)
@require_POST
def behalf(request: HubRequest, idea: Idea) -> HttpResponse:
    form = BehalfForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "username"):
            vote_on_behalf(actor=request.actor, key=idea.key, **form.cleaned_data)
            return post_response(request, _path(idea), _("Vote added."))
    return _page(request, idea, form=form, status=422)


@requires(IDEA_TEAM)
@require_POST
def remove_behalf(request: HubRequest, idea: Idea) -> HttpResponse:
    with refusals_as_messages(request):
        remove_vote_on_behalf(actor=request.actor, key=idea.key, username=request.POST.get("username", ""))
    return post_response(request, _path(idea), _("Vote removed."))
