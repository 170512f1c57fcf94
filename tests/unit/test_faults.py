"""Error pages for faults and for short outages."""

import pytest
import redis
from django.db import OperationalError
from django.test import RequestFactory

from ecosystem.errors import server_error


def response_to(path: str, fault: Exception):
    try:
        raise fault
    except type(fault):
        return server_error(RequestFactory().get(path))


@pytest.mark.parametrize(
    "path",
    [
        "/api/models/owner/tiny",
        "/owner/tiny.git/info/lfs/objects/batch",
        "/xet/g1/v1/shards",
        "/api/v1/repos",
        "/models",
    ],
)
@pytest.mark.parametrize(
    "fault", [OperationalError("the database is starting"), redis.ConnectionError("refused")]
)
def test_an_unavailable_database_or_queue_is_503_with_retry_after(path, fault):
    response = response_to(path, fault)

    assert response.status_code == 503
    assert response["Retry-After"] == "3"


@pytest.mark.parametrize("path", ["/api/models/owner/tiny", "/models"])
def test_a_fault_is_a_fault(path):
    response = response_to(path, KeyError("broken"))

    assert response.status_code == 500
    assert "Retry-After" not in response
