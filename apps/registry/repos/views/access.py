"""Gated access: requesting it, and the list of requests for the owner."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import BadRequest, Conflict, NotFound
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest

from ..forms.access import DecisionForm, GatingForm, GrantAccessForm, RequestAccessForm
from ..models import AccessState, Repo
from ..policies import ACCESS_REQUEST, REPO_ADMIN
from ..selectors.access_requests import access_requests
from ..services.access_requests import decide_access, grant_access, request_access, set_gating
from .repo_page import head_facts, repo_page

PAGE_REQUESTS = 50


@repo_page(ACCESS_REQUEST)
@require_POST
def ask(request: HubRequest, repo: Repo) -> HttpResponse:
    """Request access."""
    form = RequestAccessForm(request.POST)
    if not form.is_valid():
        raise BadRequest(" ".join(str(words) for one in form.errors.values() for words in one))
    with refusals_as_messages(request, Conflict, level=messages.INFO):
        requested = request_access(
            actor=request.actor, address=repo.address, reason=form.cleaned_data["reason"]
        )
        is_accepted = requested.state == AccessState.ACCEPTED
        message = _("You now have access.") if is_accepted else _("Request sent to the owner.")
        return post_response(request, repo, message)
    return redirect(repo)


@repo_page(REPO_ADMIN)
@require_POST
def gate(request: HubRequest, repo: Repo) -> HttpResponse:
    form = GatingForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("Choose who can access the files."))
    changed = set_gating(actor=request.actor, address=repo.address, gating=form.selected)
    message = _("Gated access is on.") if changed.gating else _("Gated access is off.")
    return post_response(request, f"{repo.get_absolute_url()}/settings", message)


@repo_page(REPO_ADMIN)
@require_safe
def requests(request: HubRequest, repo: Repo) -> HttpResponse:
    """List the requests in the state `?state=`."""
    return _page(request, repo)


def _page(request: HubRequest, repo: Repo, *, form: GrantAccessForm | None = None) -> HttpResponse:
    requested = request.GET.get("state", "")
    state = AccessState(requested) if requested in AccessState.values else AccessState.PENDING
    facts: dict[str, Any] = {
        "page": access_requests(repo, state, cursor=request.GET.get("cursor"), limit=PAGE_REQUESTS),
        "state": state,
        "states": [(one, one.label) for one in AccessState],
        "form": form or GrantAccessForm(),
    }
    facts = {**head_facts(request, repo, "settings"), **facts}
    return render(request, "registry/repos/access_requests.html", facts, status=422 if form else 200)


@repo_page(REPO_ADMIN)
@require_POST
def decide(request: HubRequest, repo: Repo) -> HttpResponse:
    """Answer a request."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("No access request was selected."))
    name, state, reply = (form.cleaned_data[word] for word in ("name", "state", "reply"))
    page = f"{repo.get_absolute_url()}/settings/access"
    with refusals_as_messages(request, Conflict, level=messages.INFO):
        decide_access(
            actor=request.actor, address=repo.address, name=name, state=AccessState(state), reply=reply
        )
        return post_response(request, page, _("Answered the request from %(name)s.") % {"name": name})
    return redirect(page)


@repo_page(REPO_ADMIN)
@require_POST
def grant_directly(request: HubRequest, repo: Repo) -> HttpResponse:
    """Grant access to a user without a request."""
    form = GrantAccessForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "name", BadRequest, Conflict, NotFound):
            found = grant_access(actor=request.actor, address=repo.address, name=form.cleaned_data["name"])
            page = f"{repo.get_absolute_url()}/settings/access?state=accepted"
            return post_response(request, page, _("%(name)s now has access.") % {"name": found.user.username})
    return _page(request, repo, form=form)
