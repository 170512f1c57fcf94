"""What holds for the whole site: bans, the emergency switch, saved replies."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import STAFF, requires

from ..errors import ReplyNotFound, SanctionNotFound, SwitchOff
from ..models import Ban, BanKind, SavedReply, SwitchMode
from ..policies import MODERATOR
from ..selectors import bans_in_force, emergency, saved_replies
from ..services.emergency import turn_off, turn_on
from ..services.replies import delete_reply, save_reply
from ..services.sanctions import ban, lift_ban
from .shapes import (
    BanCreate,
    BanPage,
    BanSerializer,
    SavedReplyCreate,
    SavedReplyPage,
    SavedReplySerializer,
    Switch,
    SwitchUpdate,
)

BAN_ID, REPLY_ID = in_path("ban_id", "Id of the ban."), in_path("reply_id", "Id of the saved reply.")


@requires(STAFF, POST=MODERATOR)
class Bans(ApiView):
    @operation("list_bans", "moderation", BanPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the bans in force, newest first."""
        rows = bans_in_force().order_by()
        return list_response(request, rows, BanSerializer, order=("-created_at", "-id"))

    @operation("create_ban", "moderation", BanSerializer, status=201, body=BanCreate)
    def post(self, request: Request) -> Response:
        """Ban a mail domain with its subdomains, or a network. A ban of the same is replaced."""
        data = validated(request, BanCreate)
        made = ban(actor=actor_of(request), **data | {"kind": BanKind(data["kind"])})
        return created(BanSerializer(made).data, f"/api/v1/bans/{made.public_id}")


@requires(STAFF, DELETE=MODERATOR)
class OneBan(ApiView):
    @operation("get_ban", "moderation", BanSerializer, 404, params=[BAN_ID])
    def get(self, request: Request, ban_id: UUID) -> Response:
        """Get a ban."""
        found = Ban.objects.filter(public_id=ban_id, lifted_at=None).first()
        if found is None:
            raise SanctionNotFound
        return Response(BanSerializer(found).data)

    @operation("lift_ban", "moderation", None, 404, status=204, params=[BAN_ID])
    def delete(self, request: Request, ban_id: UUID) -> Response:
        """Lift a ban."""
        lift_ban(actor=actor_of(request), public_id=ban_id)
        return no_content()


@requires(STAFF, PUT=MODERATOR, DELETE=MODERATOR)
class EmergencySwitchView(ApiView):
    @operation("get_emergency_switch", "moderation", Switch, 404)
    def get(self, request: Request) -> Response:
        """Get the emergency switch; 404 if it is off."""
        found = emergency()
        if found is None:
            raise SwitchOff
        return Response(Switch(found).data)

    @operation("turn_on_emergency_switch", "moderation", Switch, body=SwitchUpdate)
    def put(self, request: Request) -> Response:
        """Turn the emergency switch on, or change it. It ends by itself."""
        data = validated(request, SwitchUpdate)
        lasts, mode = timedelta(minutes=data.pop("minutes")), SwitchMode(data.pop("mode"))
        return Response(Switch(turn_on(actor=actor_of(request), mode=mode, lasts=lasts, **data)).data)

    @operation("turn_off_emergency_switch", "moderation", None, status=204)
    def delete(self, request: Request) -> Response:
        """Turn the emergency switch off."""
        turn_off(actor=actor_of(request))
        return no_content()


@requires(STAFF, POST=MODERATOR)
class SavedReplies(ApiView):
    @operation("list_saved_replies", "moderation", SavedReplyPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the saved replies by title."""
        rows = saved_replies().order_by()
        return list_response(request, rows, SavedReplySerializer, order=("title", "id"))

    @operation("save_reply", "moderation", SavedReplySerializer, 409, status=201, body=SavedReplyCreate)
    def post(self, request: Request) -> Response:
        """Save a reply. One of the same title is replaced."""
        reply = save_reply(actor=actor_of(request), **validated(request, SavedReplyCreate))
        return created(SavedReplySerializer(reply).data, f"/api/v1/saved-replies/{reply.public_id}")


@requires(STAFF, DELETE=MODERATOR)
class OneSavedReply(ApiView):
    @operation("get_saved_reply", "moderation", SavedReplySerializer, 404, params=[REPLY_ID])
    def get(self, request: Request, reply_id: UUID) -> Response:
        """Get a saved reply."""
        found = SavedReply.objects.filter(public_id=reply_id).first()
        if found is None:
            raise ReplyNotFound
        return Response(SavedReplySerializer(found).data)

    @operation("delete_saved_reply", "moderation", None, 404, status=204, params=[REPLY_ID])
    def delete(self, request: Request, reply_id: UUID) -> Response:
        """Delete a saved reply."""
        delete_reply(actor=actor_of(request), public_id=reply_id)
        return no_content()
