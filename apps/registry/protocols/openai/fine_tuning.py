"""Fine-tuning jobs.

source  openai-python `resources/fine_tuning/jobs/`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase

from apps.core.errors import InvalidHeader
from apps.core.idempotency.services import digest_of, run_once
from apps.core.rest.view import KEY, credential_of
from apps.core.web.http import HubRequest, buffer_body
from apps.core.web.policies import requires
from apps.registry.fine_tuning.access import visible_to
from apps.registry.fine_tuning.models import FineTune, Method
from apps.registry.fine_tuning.selectors.events import checkpoints_of, events_of
from apps.registry.fine_tuning.services import (
    FineTuneOrder,
    cancel_fine_tune,
    order_fine_tune,
    pause_fine_tune,
    resume_fine_tune,
    with_result_file,
)
from apps.toolchain.jobs.models import Device
from apps.users.accounts.models import Namespace

from .bodies import (
    JSON_LIMIT_BYTES,
    JsonBody,
    metadata_filters,
    number_after,
    page_json,
    page_query,
    read_json,
)
from .errors import Invalid, unsupported
from .files import JOBS
from .policies import ACCOUNT_READ, ACCOUNT_USE, FINE_TUNE_READ, FINE_TUNE_WRITE
from .shapes import (
    CHECKPOINT,
    EVENT,
    checkpoint_json,
    event_json,
    fine_tune_json,
    number_of_item,
)

PAGE, PAGE_LIMIT = 20, 100
CHECKPOINTS_PAGE = 10
SUFFIX_LIMIT, NAME_LIMIT, FILE_LIMIT = 64, 400, 1000
SEED_MOST = 2**31 - 1
SECONDS_LEAST, SECONDS_MOST = 60, 10**8
Act = Callable[..., FineTune]


@requires(ACCOUNT_USE, scopes=JOBS)
def create(request: HubRequest, namespace: Namespace) -> HttpResponseBase:
    """Order a fine-tune, once for an Idempotency-Key and for a request that the client repeats."""
    key, credential = request.headers.get("Idempotency-Key", ""), credential_of(request)
    if not key or credential is None:
        return _create(request, namespace)
    if not KEY.fullmatch(key):
        raise InvalidHeader("An Idempotency-Key must be 1 to 255 visible ASCII characters.")
    body = buffer_body(request, limit=JSON_LIMIT_BYTES)
    return run_once(
        digest_of(credential, request.path, key), digest_of(body), lambda: _create(request, namespace)
    )


def _create(request: HubRequest, namespace: Namespace) -> JsonResponse:
    order = order_of(read_json(request), is_repeated=_is_retry(request))
    return JsonResponse(
        fine_tune_json(order_fine_tune(actor=request.actor, namespace=namespace, order=order))
    )


def _is_retry(request: HubRequest) -> bool:
    """Return whether the client says that it sends a request again."""
    return request.headers.get("X-Stainless-Retry-Count", "0") not in ("", "0")


def order_of(body: JsonBody, *, is_repeated: bool) -> FineTuneOrder:
    """Return the order in a request (raises Invalid)."""
    if body.fields.get("integrations"):
        raise unsupported("integrations", "Integrations are not supported: a job has its charts on its page.")
    if body.fields.get("max_cost") is not None:
        raise unsupported("max_cost", "A job's cost is capped by its time: use max_seconds.")
    method, hyperparameters = _method(body)
    device = body.text("flavor", "")
    if device not in Device.values:
        raise Invalid("'flavor' must be cpu or gpu.", param="flavor")
    return FineTuneOrder(
        model=body.text("model", limit=NAME_LIMIT),
        training_file=body.text("training_file", limit=FILE_LIMIT),
        validation_file=body.text("validation_file", "", limit=FILE_LIMIT),
        suffix=body.text("suffix", "", limit=SUFFIX_LIMIT),
        seed=body.integer("seed", least=0, most=SEED_MOST),
        method=method,
        hyperparameters=hyperparameters,
        metadata=body.metadata(),
        task=body.text("task", "", limit=80),
        device=device,
        max_seconds=body.integer("max_seconds", least=SECONDS_LEAST, most=SECONDS_MOST),
        output=body.text("output_repo", "", limit=200),
        is_private=body.boolean("private", True),
        digest=body.digest,
        is_repeated=is_repeated,
    )


def _method(body: JsonBody) -> tuple[Method, dict[str, Any]]:
    """Return the method and its hyperparameters, which older clients write at the top."""
    given = body.object("method")
    kind = given.get("type", Method.SUPERVISED)
    if kind == "reinforcement":
        raise unsupported("method", "Reinforcement fine-tuning is not supported: use supervised or dpo.")
    if kind not in Method.values:
        raise Invalid("'method.type' must be supervised or dpo.", param="method.type")
    own = JsonBody(JsonBody(given).object(kind)).object("hyperparameters")
    return Method(kind), {**body.object("hyperparameters"), **own}


@requires(ACCOUNT_READ, scopes=JOBS)
def list_jobs(request: HubRequest, namespace: Namespace) -> JsonResponse:
    """List the fine-tunes of an account, newest first."""
    page, wanted = page_query(request, default=PAGE, most=PAGE_LIMIT), metadata_filters(request)
    own = visible_to(request.actor).filter(namespace=namespace)
    rows = own.filter(metadata={}) if wanted is None else own.filter(metadata__contains=wanted)
    if page.after:
        last = own.filter(public_id=page.after).values_list("pk", flat=True).first()
        if last is None:
            raise Invalid("'after' is not the id of an item of this list.", param="after")
        rows = rows.filter(pk__lt=last)
    found = list(rows.order_by("-pk")[: page.limit + 1])
    return JsonResponse(page_json([fine_tune_json(one) for one in found], page.limit))


@requires(FINE_TUNE_READ, scopes=JOBS)
def retrieve(request: HubRequest, fine_tune: FineTune) -> JsonResponse:
    return JsonResponse(fine_tune_json(with_result_file(fine_tune)))


def _act(act: Act) -> Callable[..., JsonResponse]:
    """Return a view that changes a fine-tune; clients send no body at all."""

    @requires(FINE_TUNE_WRITE, scopes=JOBS)
    def view(request: HubRequest, fine_tune: FineTune) -> JsonResponse:
        return JsonResponse(fine_tune_json(act(actor=request.actor, public_id=fine_tune.public_id)))

    return view


cancel, pause, resume = _act(cancel_fine_tune), _act(pause_fine_tune), _act(resume_fine_tune)


@requires(FINE_TUNE_READ, scopes=JOBS)
def list_events(request: HubRequest, fine_tune: FineTune) -> JsonResponse:
    """List what happened in a fine-tune, newest first."""
    page = page_query(request, default=PAGE, most=PAGE_LIMIT)
    before = number_after(page.after, lambda text: number_of_item(EVENT, fine_tune, text))
    found = events_of(fine_tune, before=before, limit=page.limit + 1)
    return JsonResponse(page_json([event_json(fine_tune, one) for one in found], page.limit))


@requires(FINE_TUNE_READ, scopes=JOBS)
def list_checkpoints(request: HubRequest, fine_tune: FineTune) -> JsonResponse:
    """List the checkpoints of a fine-tune, newest first."""
    page = page_query(request, default=CHECKPOINTS_PAGE, most=PAGE_LIMIT)
    before = number_after(page.after, lambda text: number_of_item(CHECKPOINT, fine_tune, text))
    found = checkpoints_of(fine_tune, before=before, limit=page.limit + 1)
    return JsonResponse(page_json([checkpoint_json(fine_tune, one) for one in found], page.limit))
