"""The pages of the API reference: light, cached by their entity tag, and complete."""

import gzip
import re
import shlex
from collections import Counter

import pytest

from apps.core.rest.reference.page import reference
from tests.api.matrix import session_of

# on average, compressed
BYTES_PER_OPERATION = 640


@pytest.fixture
def page(client, db):
    return client.get("/api/v1/docs")


def test_ids_are_unique(page):
    ids = Counter(re.findall(r'\sid="([^"]+)"', page.content.decode()))

    assert [name for name, count in ids.items() if count > 1] == []
    assert len(ids) > 200


def test_the_page_is_light(page):
    operations = sum(len(group.operations) for group in reference().groups)

    assert len(gzip.compress(page.content, 6)) < BYTES_PER_OPERATION * operations


def test_an_unchanged_page_is_not_sent_again(client, page, cast):
    condition = {"if-none-match": page["ETag"]}

    assert client.get("/api/v1/docs", headers=condition).status_code == 304
    assert client.get("/api/v1/docs", headers={**condition, "accept-language": "zh-hans"}).status_code == 200
    assert session_of(cast.owner).get("/api/v1/docs", headers=condition).status_code == 200


def test_every_operation_has_a_snippet_unless_only_a_browser_may_call_it(client, page):
    source = page.content.decode()
    shown = re.split(r'<details class="card call">', source)[1:]

    for path, calls in client.get("/api/v1/openapi.json").json()["paths"].items():
        for operation in calls.values():
            (block,) = [one for one in shown if f'id="{operation["operationId"]}"' in one]
            takes_token = any("AccessToken" in way for way in operation["security"])
            assert ('data-tab="Python"' in block) == takes_token or not operation["security"], path


def test_each_snippet_can_be_read_by_its_program():
    calls = [operation for group in reference().groups for operation in group.operations if operation.curl]

    for operation in calls:
        compile(operation.python, operation.id, "exec")
        assert shlex.split(operation.curl)[0] == "curl"
        assert "\n" not in operation.curl.replace(" \\\n", "").split("-d '")[0]
    assert len(calls) > 60


def test_operations_of_workers_stand_apart(page):
    before, _mark, internal = page.content.decode().partition('id="internal"')

    assert 'id="claim_job"' in internal
    assert 'id="claim_job"' not in before


def test_each_code_has_a_row_with_what_to_do(page):
    row = re.search(r'<tr id="problem-PreconditionFailed">(.*?)</tr>', page.content.decode(), re.DOTALL)

    cells = [
        re.sub(r"<[^>]+>|\s+", " ", cell).strip()
        for cell in re.findall(r"<t[dh].*?</t[dh]>", row[1], re.DOTALL)
    ]
    assert cells[1] == "412"
    assert all(cells)
