"""Pages of workers: the fleet for the staff, and one's own."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.actor import Need
from apps.core.errors import BadRequest
from apps.core.web.actions import post_response, refusals_as_messages
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import STAFF, requires
from apps.toolchain.jobs.models import Worker
from apps.users.accounts.confirmation import confirmed_access
from apps.users.accounts.policies import PERSON

from .errors import WorkerBusy
from .forms import WorkerStateForm, WorkerTokenForm
from .policies import WORKER_WRITE
from .presenters import worker_rows
from .selectors import ORDER, listed_workers, owner_names, owner_of_token, queued_jobs, tokens_of
from .services import create_worker_token, remove_worker, revoke_worker_token, set_worker_state

PAGE_SIZE, TOKENS_SHOWN = 50, 100


@requires(STAFF)
@require_safe
def fleet(request: HubRequest) -> HttpResponse:
    """List the workers of the site and of everybody."""
    page = page_by_cursor(
        listed_workers(request.actor), order=ORDER, cursor=request.GET.get("cursor"), limit=PAGE_SIZE
    )
    facts = {"rows": worker_rows(page.items), "next": page.next_cursor, "queued": queued_jobs()}
    return render(request, "toolchain/fleet/fleet.html", facts)


@requires(WORKER_WRITE)
@require_POST
def change_state(request: HubRequest, worker: Worker) -> HttpResponse:
    form = WorkerStateForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    changed = set_worker_state(actor=request.actor, worker_id=worker.public_id, **form.cleaned_data)
    words = _("%(name)s: %(state)s.") % {"name": changed.name, "state": changed.get_state_display()}
    return post_response(request, _list_of(request), words)


@requires(WORKER_WRITE)
@require_POST
def remove(request: HubRequest, worker: Worker) -> HttpResponse:
    with refusals_as_messages(request, WorkerBusy):
        remove_worker(actor=request.actor, worker_id=worker.public_id)
        words = _("Worker %(name)s removed.") % {"name": worker.name}
        return post_response(request, _list_of(request), words)
    return post_response(request, _list_of(request))


def _list_of(request: HubRequest) -> str:
    """Return the route of the list from which a worker was changed."""
    return "fleet" if request.actor.is_staff and "own" not in request.POST else "settings_workers"


@requires(PERSON)
@require_safe
def own_workers(request: HubRequest) -> HttpResponse:
    """List the workers and tokens of the namespaces that a person administers."""
    actor = request.actor
    names = owner_names(actor)
    mine = listed_workers(actor).filter(namespace_id__in=actor.namespaces_with(Need.ADMIN))
    page = page_by_cursor(mine, order=ORDER, cursor=request.GET.get("cursor"), limit=PAGE_SIZE)
    tokens = tokens_of(actor).order_by("-created_at", "-public_id")[:TOKENS_SHOWN]
    facts = {
        "rows": worker_rows(page.items),
        "next": page.next_cursor,
        "tokens": [(token, owner_of_token(token, names)) for token in tokens],
    }
    return render(request, "toolchain/fleet/own.html", facts)


@requires(PERSON)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_access
def new_token(request: HubRequest) -> HttpResponse:
    """Create a token for workers and show its secret once, with the command that uses it."""
    actor = request.actor
    form = WorkerTokenForm(request.POST or None, owners=owner_names(actor).values(), with_site=actor.is_staff)
    if request.method == "POST" and form.is_valid():
        token, raw = create_worker_token(
            actor=actor,
            name=form.cleaned_data["name"],
            owner=form.cleaned_data["owner"],
            expires_at=form.expires_at,
        )
        facts = {"token": token, "raw": raw, "owner": form.cleaned_data["owner"]}
        return render(request, "toolchain/fleet/token_made.html", facts)
    status = 422 if request.method == "POST" else 200
    return render(request, "toolchain/fleet/token_new.html", {"form": form}, status=status)


@requires(PERSON)
@require_POST
def revoke(request: HubRequest, worker_token_id: UUID) -> HttpResponse:
    token = revoke_worker_token(actor=request.actor, token_id=worker_token_id)
    return post_response(request, "settings_workers", _("Token %(name)s revoked.") % {"name": token.name})
