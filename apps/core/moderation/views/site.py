"""What holds for the whole site: the emergency switch, bans, saved replies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import STAFF, requires

from ..errors import InvalidBan, TooManyReplies
from ..forms import BanForm, ReplyForm, SwitchForm
from ..policies import MODERATOR
from ..selectors import bans_in_force, emergency, saved_replies
from ..services.emergency import turn_off, turn_on
from ..services.replies import delete_reply, save_reply
from ..services.sanctions import ban, lift_ban

SHOWN, PAGE = 200, "/site/moderation"


@requires(STAFF)
@require_safe
def moderation(request: HubRequest) -> HttpResponse:
    return _page(request)


def _page(request: HubRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "switch": emergency(),
        "bans": bans_in_force()[:SHOWN],
        "replies": saved_replies()[:SHOWN],
        "switch_form": SwitchForm(prefix="switch"),
        "ban_form": BanForm(prefix="ban"),
        "reply_form": ReplyForm(prefix="reply"),
        **forms,
    }
    return render(request, "core/moderation/site.html", context, status=status)


@requires(MODERATOR)
@require_POST
def switch_on(request: HubRequest) -> HttpResponse:
    form = SwitchForm(request.POST, prefix="switch")
    if not form.is_valid():
        return _page(request, switch_form=form, status=422)
    turn_on(actor=request.actor, **form.facts())
    return post_response(request, PAGE, _("The emergency switch is on."))


@requires(MODERATOR)
@require_POST
def switch_off(request: HubRequest) -> HttpResponse:
    turn_off(actor=request.actor)
    return post_response(request, PAGE, _("The emergency switch is off."))


@requires(MODERATOR)
@require_POST
def add_ban(request: HubRequest) -> HttpResponse:
    form = BanForm(request.POST, prefix="ban")
    if form.is_valid():
        with refusals_on_form(form, "value", InvalidBan):
            ban(actor=request.actor, **form.facts())
            return post_response(request, PAGE, _("Saved."))
    return _page(request, ban_form=form, status=422)


@requires(MODERATOR)
@require_POST
def end_ban(request: HubRequest, ban_id: UUID) -> HttpResponse:
    lift_ban(actor=request.actor, public_id=ban_id)
    return post_response(request, PAGE, _("The ban was lifted."))


@requires(MODERATOR)
@require_POST
def add_reply(request: HubRequest) -> HttpResponse:
    form = ReplyForm(request.POST, prefix="reply")
    if form.is_valid():
        with refusals_on_form(form, None, TooManyReplies):
            save_reply(actor=request.actor, **form.cleaned_data)
            return post_response(request, PAGE, _("Saved."))
    return _page(request, reply_form=form, status=422)


@requires(MODERATOR)
@require_POST
def remove_reply(request: HubRequest, reply_id: UUID) -> HttpResponse:
    delete_reply(actor=request.actor, public_id=reply_id)
    return post_response(request, PAGE, _("Deleted."))
