"""The filter of lists by one repository."""

from __future__ import annotations

from django.db.models import Q
from rest_framework.request import Request

from apps.core.rest.body import invalid_parameter, query_choice, query_str
from apps.core.rest.schema import in_query

from .shapes import REPO_KINDS

FULL_NAME = {"type": "string", "pattern": "^[^/]+/.+$"}
BY_REPO = [
    in_query("repo", FULL_NAME, "Only those about this repository, as owner/name."),
    in_query("repo_kind", enum=REPO_KINDS, about="Kind of `repo`. Default: model."),
]


def lineage_of(request: Request) -> Q | None:
    """Return the condition on lineage for the repository of the query, None if it names none.

    raises  InvalidParameter
    """
    name, kind = query_str(request, "repo"), query_choice(request, "repo_kind", REPO_KINDS)
    if "repo" not in request.query_params:
        if kind:
            raise invalid_parameter("repo_kind", "It is the kind of repo, which is missing.")
        return None
    if not all(name.partition("/")):
        raise invalid_parameter("repo", "Write it as owner/name.")
    return Q(kind=kind or "model", address__iexact=name)
