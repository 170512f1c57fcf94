"""REST views: samples of an evaluation, comparisons, repetitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_choice, query_str
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, page_json, page_of_items, place_of
from apps.core.web.pagination import encode_cursor
from apps.core.web.policies import requires
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.receipts.api.receipts import RECEIPT_ID
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.policies import RECEIPT_READ

from ..policies import RECEIPTS_COMPARE, SAMPLES_READ
from ..presenters import outcome_sentence
from ..presenters.comparing import model_names
from ..selectors import (
    SampleFilter,
    SampleOutcome,
    SampleSort,
    compare_receipts,
    drift_of,
    repetitions_of,
    search_samples,
)
from ..selectors.samples import QUERY_LIMIT
from .shapes import (
    EvaluationSample,
    EvaluationSamplePage,
    ReceiptComparisonResult,
    Repetition,
    RepetitionPage,
)

OTHER_ID = in_path("other_id", "Id of the receipt that it is compared with.", UUID)
OUTCOMES = [one.value for one in SampleOutcome if one.value]
SORTS = [one.value for one in SampleSort]
COLUMNS = ("row", "text", "text_sha256", "label", "predicted", "confidence", "is_right")
FILTERS = [
    in_query("outcome", enum=OUTCOMES, about="Only those that the model has right or wrong. Default: all."),
    in_query("label", about="Only those whose true class has this name."),
    in_query("predicted", about="Only those that the model gives this class."),
    in_query("q", about="Only those whose text contains this, in any case."),
    in_query("sort", enum=SORTS, about="By confidence or row. Default: confident."),
]


@requires(SAMPLES_READ)
class ReceiptSamples(ApiView):
    @operation(
        "list_receipt_samples",
        "receipts",
        EvaluationSamplePage,
        *(403, 404, 409),
        params=[RECEIPT_ID, *FILTERS, CURSOR, LIMIT],
    )
    def get(self, request: Request, log: JobArtifact) -> Response:
        """List the samples of an evaluation, for readers of its dataset."""
        wanted = SampleFilter(
            outcome=query_choice(request, "outcome", OUTCOMES),
            label=query_str(request, "label")[:QUERY_LIMIT],
            predicted=query_str(request, "predicted")[:QUERY_LIMIT],
            q=query_str(request, "q")[:QUERY_LIMIT],
            sort=query_choice(request, "sort", SORTS, SampleSort.CONFIDENT.value)
            or SampleSort.CONFIDENT.value,
        )
        first, limit = place_of(query_str(request, "cursor")), limit_of(request)
        page = search_samples(log, wanted, first=first, count=limit)
        following = first + len(page.rows)
        cursor = encode_cursor(following) if following < page.matching else None
        items = EvaluationSample([sample_json(row) for row in page.rows], many=True).data
        return Response(page_json(items, cursor))


def sample_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a log with the columns that every log may have, and the others as values."""
    return {
        **{name: row.get(name) for name in COLUMNS},
        "values": {name: value for name, value in row.items() if name not in COLUMNS},
    }


@requires(RECEIPTS_COMPARE)
class ReceiptComparison(ApiView):
    @operation(
        "compare_receipts",
        "receipts",
        ReceiptComparisonResult,
        *(404, 409),
        params=[RECEIPT_ID, OTHER_ID],
    )
    def get(self, request: Request, pair: tuple[Receipt, Receipt]) -> Response:
        """Compare the second receipt with the first: is its model better, worse, or is neither shown?

        By the samples of both if you may read their dataset, otherwise by their scores.
        """
        comparison = compare_receipts(actor_of(request), *pair)
        names = model_names(pair[0].body, pair[1].body)
        facts = {
            "outcome": comparison.outcome,
            "basis": comparison.basis,
            "sentence": outcome_sentence(comparison, names, pair[1].body["recipe"]),
            "sample_count": comparison.samples,
            "changed_count": comparison.changed,
            "differences": comparison.differences,
        }
        return Response(ReceiptComparisonResult(facts).data)


@requires(RECEIPT_READ)
class ReceiptRepetitions(ApiView):
    @operation(
        "list_receipt_repetitions",
        "receipts",
        RepetitionPage,
        *(404, 409),
        params=[RECEIPT_ID, CURSOR, LIMIT],
    )
    def get(self, request: Request, receipt: Receipt) -> Response:
        """List the other evaluations with the same configuration, oldest first, and what differs."""
        actor = actor_of(request)
        found, cursor = page_of_items(request, repetitions_of(actor, receipt))
        rows = [drift_of(actor, receipt, one) for one in found]
        return Response(page_json(Repetition(rows, many=True).data, cursor))
