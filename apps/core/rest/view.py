"""The base view of the REST API: pagination, entity tags, conditional requests, idempotency keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.actor import Actor, ActorKind
from apps.core.errors import InvalidCursor, InvalidHeader, PreconditionFailed, error_at
from apps.core.idempotency.services import digest_of, run_once
from apps.core.web.etags import matches_etag
from apps.core.web.http import buffer_body
from apps.core.web.pagination import Page, decode_cursor, encode_cursor, next_link, page_by_cursor
from apps.core.web.policies import policy_of

from .body import check_encoding, query_int, query_str
from .cursors import bound_cursor
from .deprecation import deprecation_of
from .entity_tags import check_condition, matches_state, resource_tag, tag_of_change

LIMIT_DEFAULT, LIMIT_MOST = 50, 200
PLACE_DIGITS = 9
KEY_LIMIT = 255
KEY = re.compile(rf"[!-~]{{1,{KEY_LIMIT}}}")
CONDITIONAL = ("PUT", "PATCH", "DELETE")


def actor_of(request: Request) -> Actor:
    actor: Actor = request._request.actor  # type: ignore[attr-defined]
    return actor


def limit_of(request: Request) -> int:
    """Return the requested page size (raises InvalidParameter)."""
    return query_int(request, "limit", LIMIT_DEFAULT, least=1, most=LIMIT_MOST)


def page_json(items: Iterable[Any], next_cursor: str | None) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": next_cursor}


def page_response(page: Page[Any], shape: Any) -> Response:
    """Respond with a page of rows; `ApiView` adds the Link header of the next page."""
    return Response(page_json(shape(page.items, many=True).data, page.next_cursor))


def list_response(request: Request, rows: QuerySet[Any], shape: Any, *, order: Sequence[str]) -> Response:
    """Respond with the page of a queryset that the request's cursor and limit name (raises InvalidCursor).

    order  as `page_by_cursor` takes it
    """
    cursor, limit = query_str(request, "cursor"), limit_of(request)
    return page_response(page_by_cursor(rows, order=order, cursor=cursor, limit=limit), shape)


def page_of_items(request: Request, items: Sequence[Any]) -> tuple[Sequence[Any], str | None]:
    """Return the page of a short list that is in memory, and the cursor of the next one.

    raises  InvalidCursor
    """
    start, limit = place_of(query_str(request, "cursor")), limit_of(request)
    end = start + limit
    return items[start:end], encode_cursor(end) if end < len(items) else None


def place_of(cursor: str) -> int:
    """Return the place that a cursor by number names (raises InvalidCursor)."""
    if not cursor:
        return 0
    [place] = decode_cursor(cursor, 1)
    if not (place.isdecimal() and place.isascii() and len(place) <= PLACE_DIGITS):
        raise InvalidCursor
    return int(place)


class ApiView(APIView):
    """A resource with ETag, If-None-Match, If-Match and Idempotency-Key.

    content_limit_bytes  limit for the body of a POST with an Idempotency-Key
    shows_secret         the response to a POST contains a secret that is shown once
    checks_if_match      the view checks If-Match itself
    volatile             fields that change by themselves; a change with If-Match ignores them
    """

    content_limit_bytes = 4 << 20
    shows_secret = False
    checks_if_match = False
    volatile: frozenset[str] = frozenset()

    def lock(self, request: Request, **names: Any) -> None:
        """Lock the object that the policy opens, which the request changes."""
        policy = policy_of(self, request.method)
        if policy is not None:
            policy.open_for(request, names, lock=True)

    def tag(self, response: Response, **names: Any) -> str:
        """Return the entity tag of a response that contains the resource."""
        return resource_tag(response.data, self.volatile)

    def dispatch(self, request: HttpRequest, *args: Any, **names: Any) -> HttpResponseBase:
        key = request.headers.get("Idempotency-Key")
        if request.method == "POST" and key is not None:
            return self._dispatch_once(request, key, **names)
        with self._transaction(request):
            response = super().dispatch(request, *args, **names)
        return self._with_etag(request, response, **names)

    def initial(self, request: Request, *args: Any, **names: Any) -> None:
        super().initial(request, *args, **names)
        check_encoding(request._request)
        condition = request.headers.get("If-Match")
        if (
            condition is None
            or request.method not in CONDITIONAL
            or request.method not in self.allowed_methods
        ):
            return
        check_condition(condition)
        if not self.checks_if_match:
            self.lock(request, **names)
            self._check_match(request, condition, **names)

    def options(self, request: HttpRequest, *args: Any, **names: Any) -> Response:
        """Say which methods there are, in the Allow header."""
        return no_content()

    def finalize_response(self, request: Request, response: Any, *args: Any, **names: Any) -> Any:
        response = super().finalize_response(request, response, *args, **names)
        data = response.data if isinstance(response, Response) else None
        if isinstance(data, Mapping) and data.get("next_cursor"):
            cursor = bound_cursor(request._request, data["next_cursor"])
            response.data = {**data, "next_cursor": cursor}
            response["Link"] = next_link(request._request, cursor)
        if deprecation := deprecation_of(self, request.method):
            deprecation.announce_in(response)
        return response

    def _transaction(self, request: HttpRequest) -> AbstractContextManager[Any]:
        """Return a transaction if the request has a condition to check together with its change."""
        has_condition = "If-Match" in request.headers and request.method in CONDITIONAL
        return transaction.atomic() if has_condition and not self.checks_if_match else nullcontext()

    def _check_match(self, request: Request, condition: str, **names: Any) -> None:
        """raises  PreconditionFailed if the resource has changed since the client read it"""
        read = getattr(self, "get", None)
        if read is None:
            return
        tag = self.tag(read(request, **names), **names)
        if not matches_state(condition, tag):
            raise PreconditionFailed(headers={"ETag": tag})

    def _with_etag(self, request: HttpRequest, response: HttpResponseBase, **names: Any) -> HttpResponseBase:
        """Add the entity tag of the resource that a response contains, or answer that it is unchanged."""
        if not isinstance(response, Response) or response.status_code not in (200, 201) or "ETag" in response:
            return response
        if request.method not in ("GET", "HEAD"):
            if tag := tag_of_change(self, str(request.method), response, names):
                response["ETag"] = tag
            return response
        tag = self.tag(response, **names)
        if matches_etag(request.headers.get("If-None-Match"), tag):
            headers = {name: response[name] for name in ("Link", "Vary") if name in response}
            return HttpResponseNotModified(headers={"ETag": tag, **headers})
        response["ETag"] = tag
        return response

    def _dispatch_once(self, request: HttpRequest, key: str, **names: Any) -> HttpResponseBase:
        """Process a POST once for its key. Replays return the stored response."""
        if not KEY.fullmatch(key):
            words = f"An Idempotency-Key must be 1 to {KEY_LIMIT} visible ASCII characters."
            raise InvalidHeader(words, errors=[error_at(words, header="Idempotency-Key")])
        credential = credential_of(request)
        if credential is None:
            return super().dispatch(request, **names)
        body = buffer_body(request, limit=self.content_limit_bytes)
        fingerprint = digest_of(request.META.get("QUERY_STRING", ""), request.content_type or "", body)
        return run_once(
            digest_of(credential, request.path, key),
            fingerprint,
            lambda: self._dispatch_rendered(request, **names),
            is_secret=self.shows_secret,
        )

    def _dispatch_rendered(self, request: HttpRequest, **names: Any) -> HttpResponseBase:
        response = self._with_etag(request, super().dispatch(request, **names), **names)
        return response.render() if isinstance(response, Response) else response


def credential_of(request: HttpRequest) -> str | None:
    """Return the owner of an idempotency key: a token, or the person of a session."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind is ActorKind.ANONYMOUS:
        return None
    if actor.token_id is not None:
        return f"token:{actor.token_id}"
    header = request.headers.get("Authorization")
    return digest_of(header) if header else f"person:{actor.user_id}"


def created(body: Any, location: str) -> Response:
    """Respond with a new resource.

    location  path of the API at which GET returns it
    """
    return Response(body, status=201, headers={"Location": location})


def no_content() -> Response:
    """Return a response without a body."""
    return Response(status=204)
