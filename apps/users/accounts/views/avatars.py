"""Uploads, removal and delivery of profile pictures."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import TooLarge
from apps.core.objects.folders import StoredObject
from apps.core.objects.images import BadImage
from apps.core.objects.serving import serve_object
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest, declared_length
from apps.core.web.policies import PUBLIC, requires

from ..access import person_of
from ..avatars import FILE_LIMIT_BYTES, draw_avatar
from ..folders import AVATARS
from ..models import Avatar, Namespace
from ..policies import ORGANIZATION_ADMIN, PERSON
from ..services.avatars import remove_avatar, set_avatar

FORM_LIMIT_BYTES = FILE_LIMIT_BYTES + (64 << 10)


@requires(PUBLIC)
@require_safe
def avatar(request: HubRequest, digest: str) -> HttpResponseBase:
    """Send a profile picture. Its URL contains its hash, so it is immutable."""
    found = Avatar.objects.filter(sha256__startswith=digest).first()
    if found is None:
        raise Http404
    return serve_object(
        request,
        AVATARS.open(StoredObject(found.sha256, found.size)),
        filename=f"{digest}.webp",
        etag=found.sha256,
        content_type=found.content_type,
        # pages show no images of other hosts
        is_redirected=False,
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@requires(PUBLIC)
@require_safe
def drawn_avatar(request: HubRequest, label: str) -> HttpResponse:
    """Send the initials of any name, whether or not somebody has it."""
    response = HttpResponse(draw_avatar(label), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@csrf_exempt
@takes_body(FORM_LIMIT_BYTES)
@requires(PERSON)
@require_POST
def own_avatar(request: HubRequest) -> HttpResponse:
    namespace = person_of(request.actor).namespace
    _check_length(request)
    return _save_avatar(request, namespace, "settings_profile")


@csrf_exempt
@takes_body(FORM_LIMIT_BYTES)
@requires(ORGANIZATION_ADMIN)
@require_POST
def organization_avatar(request: HubRequest, namespace: Namespace) -> HttpResponse:
    _check_length(request)
    return _save_avatar(request, namespace, "organization_settings", namespace.name)


def _check_length(request: HubRequest) -> None:
    """Check Content-Length before Django spools the whole body.

    raises  TooLarge, also if the length is not declared
    """
    length = declared_length(request)
    if length is None or length > FORM_LIMIT_BYTES:
        raise TooLarge(_("The image can be at most %(limit)s MiB.") % {"limit": FILE_LIMIT_BYTES >> 20})


@csrf_protect
def _save_avatar(request: HubRequest, namespace: Namespace, page: str, *names: str) -> HttpResponse:
    file = request.FILES.get("picture")
    try:
        if "remove" in request.POST:
            remove_avatar(actor=request.actor, name=namespace.name)
            messages.success(request, _("Profile picture removed."))
        elif file is None:
            messages.error(request, _("Choose an image first."))
        else:
            set_avatar(actor=request.actor, name=namespace.name, data=file.read())
            messages.success(request, _("Profile picture updated."))
    except BadImage as refusal:
        messages.error(request, refusal.words)
    return redirect(page, *names)
