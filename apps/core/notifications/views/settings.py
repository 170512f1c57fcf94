"""Settings: levels and mail choices."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.web.actions import post_response
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..forms import PreferencesForm
from ..models import DigestPeriod, Level
from ..policies import KEEP_NOTIFICATIONS, OWN_NOTIFICATIONS
from ..presenters import subscription_views
from ..selectors import mail_choices_of, preferences_of, subscriptions_of
from ..services.preferences import forget_bounce, update_preferences

PAGE_SIZE = 30


@requires(OWN_NOTIFICATIONS, POST=KEEP_NOTIFICATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HubRequest) -> HttpResponse:
    preferences = preferences_of(request.actor.user_id or 0)
    modes = {f"mail_{name}": mode for name, mode in mail_choices_of(request.actor).items()}
    initial = {"watches_own": preferences.watches_own, "digest": preferences.digest, **modes}
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        update_preferences(
            actor=request.actor,
            mail=form.mail,
            digest=DigestPeriod(form.cleaned_data["digest"]),
            watches_own=form.cleaned_data["watches_own"],
        )
        return post_response(request, "notification_settings", _("Saved."))
    rows = subscriptions_of(request.actor)
    cursor = request.GET.get("cursor")
    page = page_by_cursor(rows, order=("-updated_at", "-id"), cursor=cursor, limit=PAGE_SIZE)
    context = {
        "form": form,
        "bounced_email": preferences.bounced_email if preferences.bounced_at else "",
        "subscriptions": subscription_views(request.actor, page.items),
        "levels": [*Level.choices, ("", _("As elsewhere"))],
        "next": page.next_cursor,
    }
    return render(request, "notifications/settings.html", context, status=422 if form.errors else 200)


@requires(KEEP_NOTIFICATIONS)
@require_POST
def send_again(request: HubRequest) -> HttpResponse:
    """Send mail again to an address that has refused some."""
    forget_bounce(actor=request.actor)
    return redirect("notification_settings")
