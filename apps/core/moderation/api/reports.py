"""Reports, and blocks between people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import SIGNED_IN, WRITER, requires

from ..errors import PersonNotFound
from ..models import Report
from ..policies import OTHER_PERSON, OTHER_PERSON_CHANGE, REPORT_READ
from ..selectors import blocks_of, own_decisions, reports_of
from ..services.blocks import block, unblock
from ..services.reports import appeal_decision, report
from .shapes import (
    Appeal,
    BlockPage,
    BlockSerializer,
    OwnDecision,
    OwnDecisionPage,
    ReportCreate,
    ReportPage,
    ReportSerializer,
)

PERSON_NAME = in_path("person", "Username.")


@requires(SIGNED_IN, POST=WRITER)
class Reports(ApiView):
    @operation("list_my_reports", "moderation", ReportPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your reports, newest first."""
        rows = reports_of(actor_of(request))
        return list_response(request, rows, ReportSerializer, order=("-created_at", "-public_id"))

    @operation("create_report", "moderation", ReportSerializer, 404, 409, 429, status=201, body=ReportCreate)
    def post(self, request: Request) -> Response:
        """Report content that you can read to the moderators."""
        made = report(actor=actor_of(request), **validated(request, ReportCreate))
        return created(ReportSerializer(made).data, f"/api/v1/reports/{made.public_id}")


@requires(REPORT_READ)
class OneReport(ApiView):
    @operation(
        "get_report", "moderation", ReportSerializer, 404, params=[in_path("report_id", "Id of the report.")]
    )
    def get(self, request: Request, report: Report) -> Response:
        """Get a report: your own, or one that you may decide on."""
        return Response(ReportSerializer(report).data)


@requires(SIGNED_IN)
class OwnDecisions(ApiView):
    @operation("list_my_decisions", "moderation", OwnDecisionPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the decisions of moderators about you and your content, newest first."""
        return list_response(request, own_decisions(actor_of(request)), OwnDecision, order=("-id",))


@requires(WRITER)
class AppealDecision(ApiView):
    @operation(
        "appeal_decision",
        "moderation",
        OwnDecision,
        404,
        409,
        body=Appeal,
        params=[in_path("decision_id", "Id of the decision.")],
    )
    def post(self, request: Request, decision_id: UUID) -> Response:
        """Appeal a decision that declined your content, once: another look is taken at it."""
        note = validated(request, Appeal)["note"]
        decision = appeal_decision(actor=actor_of(request), public_id=decision_id, note=note)
        return Response(OwnDecision(decision).data)


@requires(SIGNED_IN)
class Blocks(ApiView):
    @operation("list_my_blocks", "moderation", BlockPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the people whom you block, newest first."""
        return list_response(request, blocks_of(actor_of(request)), BlockSerializer, order=("-id",))


@requires(OTHER_PERSON_CHANGE, GET=OTHER_PERSON)
class OneBlock(ApiView):
    @operation("get_block", "moderation", BlockSerializer, 404, params=[PERSON_NAME])
    def get(self, request: Request, person: Any) -> Response:
        """Get your block of a person."""
        found = blocks_of(actor_of(request)).filter(blocked=person).first()
        if found is None:
            raise PersonNotFound
        return Response(BlockSerializer(found).data)

    @operation("block_person", "moderation", BlockSerializer, 404, 409, params=[PERSON_NAME])
    def put(self, request: Request, person: Any) -> Response:
        """Block a person: you hear nothing more from them. They are not told."""
        return Response(BlockSerializer(block(actor=actor_of(request), user_id=person.pk)).data)

    @operation("unblock_person", "moderation", None, 404, status=204, params=[PERSON_NAME])
    def delete(self, request: Request, person: Any) -> Response:
        """Unblock a person."""
        unblock(actor=actor_of(request), user_id=person.pk)
        return no_content()
