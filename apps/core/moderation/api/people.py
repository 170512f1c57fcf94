"""A person's record: sanctions, removals, trust."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import STAFF, requires

from ..errors import RemovalNotFound, SanctionNotFound
from ..models import Removal, Sanction, TrustLevel
from ..policies import MODERATOR, RECORD_CHANGE, RECORD_READ
from ..selectors import removals_of, sanctions_of, trust_of
from ..services.removals import remove_content_of, undo_removal
from ..services.sanctions import lift_sanction, sanction
from ..services.trust import lock_level
from .shapes import (
    RemovalCreate,
    RemovalPage,
    RemovalSerializer,
    RemovalUpdate,
    SanctionCreate,
    SanctionPage,
    SanctionSerializer,
    TrustSerializer,
    TrustUpdate,
)

PERSON_NAME = in_path("person", "Username.")
SANCTION_ID, REMOVAL_ID = (
    in_path("sanction_id", "Id of the sanction."),
    in_path("removal_id", "Id of the removal."),
)


@requires(RECORD_READ, POST=RECORD_CHANGE)
class Sanctions(ApiView):
    @operation("list_sanctions", "moderation", SanctionPage, 404, params=[PERSON_NAME, CURSOR, LIMIT])
    def get(self, request: Request, person: Any) -> Response:
        """List the sanctions of a person, newest first, also those that have ended."""
        rows = sanctions_of(person.pk)
        return list_response(request, rows, SanctionSerializer, order=("-created_at", "-id"))

    @operation(
        "sanction_person",
        "moderation",
        SanctionSerializer,
        404,
        status=201,
        body=SanctionCreate,
        params=[PERSON_NAME],
    )
    def post(self, request: Request, person: Any) -> Response:
        """Silence or suspend a person."""
        data = validated(request, SanctionCreate)
        made = sanction(actor=actor_of(request), user_id=person.pk, **data)
        return created(SanctionSerializer(made).data, f"/api/v1/sanctions/{made.public_id}")


@requires(STAFF, DELETE=MODERATOR)
class OneSanction(ApiView):
    @operation("get_sanction", "moderation", SanctionSerializer, 404, params=[SANCTION_ID])
    def get(self, request: Request, sanction_id: UUID) -> Response:
        """Get a sanction."""
        found = Sanction.objects.filter(public_id=sanction_id).first()
        if found is None:
            raise SanctionNotFound
        return Response(SanctionSerializer(found).data)

    @operation("lift_sanction", "moderation", None, 404, status=204, params=[SANCTION_ID])
    def delete(self, request: Request, sanction_id: UUID) -> Response:
        """Lift a sanction."""
        lift_sanction(actor=actor_of(request), public_id=sanction_id)
        return no_content()


@requires(RECORD_READ, POST=RECORD_CHANGE)
class Removals(ApiView):
    @operation("list_removals", "moderation", RemovalPage, 404, params=[PERSON_NAME, CURSOR, LIMIT])
    def get(self, request: Request, person: Any) -> Response:
        """List the removals of everything that a person published, newest first."""
        rows = removals_of(person.pk)
        return list_response(request, rows, RemovalSerializer, order=("-id",))

    @operation(
        "remove_everything",
        "moderation",
        RemovalSerializer,
        404,
        status=201,
        body=RemovalCreate,
        params=[PERSON_NAME],
    )
    def post(self, request: Request, person: Any) -> Response:
        """Remove everything that a person published. It is hidden in batches, and can be undone."""
        data = validated(request, RemovalCreate)
        made = remove_content_of(actor=actor_of(request), user_id=person.pk, reason=data["reason"])
        return created(RemovalSerializer(made).data, f"/api/v1/removals/{made.public_id}")


@requires(STAFF, PATCH=MODERATOR)
class OneRemoval(ApiView):
    @operation("get_removal", "moderation", RemovalSerializer, 404, params=[REMOVAL_ID])
    def get(self, request: Request, removal_id: UUID) -> Response:
        """Get a removal."""
        found = Removal.objects.filter(public_id=removal_id).first()
        if found is None:
            raise RemovalNotFound
        return Response(RemovalSerializer(found).data)

    @operation(
        "update_removal", "moderation", RemovalSerializer, 404, body=RemovalUpdate, params=[REMOVAL_ID]
    )
    def patch(self, request: Request, removal_id: UUID) -> Response:
        """Undo a removal, or repeat one that was undone."""
        data = validated(request, RemovalUpdate)
        changed = undo_removal(actor=actor_of(request), public_id=removal_id, is_undone=data["is_undone"])
        return Response(RemovalSerializer(changed).data)


@requires(RECORD_READ, PUT=RECORD_CHANGE)
class PersonTrust(ApiView):
    @operation("get_trust", "moderation", TrustSerializer, 404, params=[PERSON_NAME])
    def get(self, request: Request, person: Any) -> Response:
        """Get how much a person is trusted."""
        return Response(TrustSerializer(trust_of(person.pk)).data)

    @operation("set_trust_level", "moderation", TrustSerializer, 404, body=TrustUpdate, params=[PERSON_NAME])
    def put(self, request: Request, person: Any) -> Response:
        """Choose a person's trust level, or let it be earned again."""
        level = validated(request, TrustUpdate)["level"]
        row = lock_level(
            actor=actor_of(request),
            user_id=person.pk,
            level=None if level is None else TrustLevel(level),
        )
        return Response(TrustSerializer(row).data)
