"""Settings of a user: profile, preferences, sessions, username, deletion."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires

from ..access import person_of
from ..forms import NameForm, PreferencesForm, ProfileForm
from ..hooks import deletion_blockers
from ..models import User
from ..policies import PERSON
from ..selectors import live_sessions
from ..services import end_sessions, remove_person, rename_namespace, set_preferences, update_profile

YEAR_SECONDS = 365 * 24 * 3600
SHOWN_SESSIONS = 100


@requires(SIGNED_IN)
@require_safe
def settings(request: HubRequest) -> HttpResponse:
    return redirect("settings_profile")


@requires(PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HubRequest) -> HttpResponse:
    user = person_of(request.actor)
    form = ProfileForm(request.POST or None, instance=user.namespace)
    if request.method == "POST" and form.is_valid():
        update_profile(actor=request.actor, name=user.username, **form.cleaned_data)
        return post_response(request, "settings_profile", _("Profile saved."))
    return render(
        request,
        "users/accounts/settings_profile.html",
        {"form": form, "namespace": user.namespace},
        status=422 if form.errors else 200,
    )


@requires(PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HubRequest) -> HttpResponse:
    user = person_of(request.actor)
    initial = {
        "language": user.language,
        "time_zone": user.time_zone,
        "theme": request.COOKIES.get("theme", ""),
    }
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _save_preferences(request, user, form.cleaned_data)
    return render(
        request,
        "users/accounts/settings_preferences.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


def _save_preferences(request: HubRequest, user: User, facts: dict[str, str]) -> HttpResponse:
    set_preferences(user, language=facts["language"], time_zone=facts["time_zone"])
    if facts["language"]:
        translation.activate(facts["language"])
    response = post_response(request, "settings_preferences", _("Preferences saved."))
    _set_cookie(response, django_settings.LANGUAGE_COOKIE_NAME, facts["language"])
    _set_cookie(response, "theme", facts["theme"])
    return response


def _set_cookie(response: HttpResponse, name: str, value: str) -> None:
    if value:
        response.set_cookie(
            name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=django_settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie(name, samesite="Lax")


@requires(PUBLIC)
def language(request: HubRequest) -> HttpResponse:
    """Set the language of pages, also in the account of a signed-in user."""
    response = set_language(request)
    chosen = request.POST.get("language", "") if request.method == "POST" else ""
    if chosen in dict(django_settings.LANGUAGES) and request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response


@requires(PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HubRequest) -> HttpResponse:
    """List sessions; POST ends all others."""
    user, current_key = person_of(request.actor), request.session.session_key or ""
    if request.method == "POST":
        end_sessions(user, keep=current_key)
        return post_response(request, "usersessions_list", _("Signed out of all other sessions."))
    return render(
        request,
        "users/accounts/settings_sessions.html",
        {"sessions": live_sessions(user)[:SHOWN_SESSIONS], "current_key": current_key},
    )


@requires(PERSON)
@require_safe
def account(request: HubRequest) -> HttpResponse:
    user = person_of(request.actor)
    facts = {
        "person": user,
        "form": NameForm(initial={"name": user.username}),
        "blockers": deletion_blockers(user.namespace),
    }
    return render(request, "users/accounts/settings_account.html", facts)


@requires(PERSON)
@require_POST
def rename(request: HubRequest) -> HttpResponse:
    user = person_of(request.actor)
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "name"):
            rename_namespace(actor=request.actor, name=user.username, new_name=form.cleaned_data["name"])
            message = _(
                "Your username is now %(name)s. The old one redirects here until someone else takes it."
            )
            return post_response(request, "settings_account", message % form.cleaned_data)
    return render(
        request,
        "users/accounts/settings_account.html",
        {"person": user, "form": form, "blockers": deletion_blockers(user.namespace)},
        status=422,
    )


@requires(PERSON)
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def remove(request: HubRequest) -> HttpResponse:
    user = person_of(request.actor)
    if request.POST.get("confirm") != user.username:
        messages.error(request, _("Nothing was deleted: the name you typed doesn't match."))
        return redirect("settings_account")
    with refusals_as_messages(request):
        remove_person(actor=request.actor)
        logout(request)
        return post_response(request, "/", _("Account deleted."))
    return redirect("settings_account")
