"""Files of the OpenAI API: upload, list, content, expiry, uploads in parts, and who may do what."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.business.usage.meters import Meter
from apps.business.usage.selectors import usage_now
from apps.business.usage.services import set_limit
from apps.toolchain.files.folders import FILES
from apps.toolchain.files.models import File, FilePart, FileUpload, Purpose
from apps.toolchain.files.services import delete_expired_files
from apps.users.accounts.models import Namespace, TokenRole
from tests.makers import a_token
from tests.openai_makers import a_file, class_rows, jsonl

pytestmark = pytest.mark.django_db


class Api:
    """Requests to /v1 with a person's token."""

    def __init__(self, person=None, token: str = "", **headers: str) -> None:
        token = token or (person.token if person else "")
        self.client = Client()
        self.headers = {**({"authorization": f"Bearer {token}"} if token else {}), **headers}

    def get(self, path: str, **query: Any):
        return self.client.get(f"/v1/{path}", query, headers=self.headers)

    def delete(self, path: str):
        return self.client.delete(f"/v1/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"/v1/{path}", data, content_type="application/json", headers={**self.headers, **headers}
        )

    def form(self, path: str, **fields: Any):
        return self.client.post(f"/v1/{path}", fields, headers=self.headers)

    def upload(self, data: bytes, name: str = "rows.jsonl", purpose: str = "fine-tune", **fields: str):
        return self.form("files", file=SimpleUploadedFile(name, data), purpose=purpose, **fields)


def refusal(response) -> tuple[int, str, str | None, str | None]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return response.status_code, error["type"], error["param"], error["code"]


@pytest.fixture
def api(cast) -> Api:
    return Api(cast.owner)


def test_a_file_is_stored_checked_and_served(api):
    data = jsonl(class_rows())

    made = api.upload(data).json()

    assert made["id"].startswith("file-")
    assert len(made["id"]) == 29
    assert (made["object"], made["bytes"], made["filename"]) == ("file", len(data), "rows.jsonl")
    assert (made["purpose"], made["status"], made["expires_at"]) == ("fine-tune", "processed", None)
    assert api.get(f"files/{made['id']}").json() == made
    content = api.get(f"files/{made['id']}/content")
    assert b"".join(content.streaming_content) == data
    assert content["Content-Disposition"].startswith("attachment")


def test_a_range_of_a_file_is_served(api):
    made = api.upload(b"0123456789", purpose="user_data").json()

    part = api.client.get(f"/v1/files/{made['id']}/content", headers={**api.headers, "Range": "bytes=2-4"})

    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"234")


def test_rows_with_a_fault_are_kept_and_say_where_it_is(api):
    made = api.upload(jsonl(class_rows()) + b"{}\n").json()

    assert (made["status"], made["status_details"][:9]) == ("error", "Line 13: ")


def test_files_are_listed_by_purpose_and_page(api, cast):
    ids = [a_file(cast.owner, purpose=Purpose.EVALS).public_id for _time in range(3)]
    a_file(cast.owner)
    a_file(cast.stranger, purpose=Purpose.EVALS)

    first = api.get("files", purpose="evals", limit=2).json()
    rest = api.get("files", purpose="evals", limit=2, after=first["last_id"]).json()
    upward = api.get("files", purpose="evals", order="asc").json()

    assert ([one["id"] for one in first["data"]], first["has_more"]) == ([ids[2], ids[1]], True)
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == ([ids[0]], False)
    assert [one["id"] for one in upward["data"]] == ids
    assert len(api.get("files").json()["data"]) == 4


def test_a_deleted_file_is_gone_and_no_longer_counted(api, cast):
    file = a_file(cast.owner)
    assert usage_now(file.namespace_id, Meter.STORAGE_BYTES) == file.size

    answer = api.delete(f"files/{file.public_id}").json()

    assert answer == {"id": file.public_id, "object": "file", "deleted": True}
    assert refusal(api.get(f"files/{file.public_id}")) == (
        404,
        "invalid_request_error",
        None,
        "file_not_found",
    )
    assert usage_now(file.namespace_id, Meter.STORAGE_BYTES) == 0


def test_an_expired_file_is_hidden_at_once_and_deleted_later(api, django_capture_on_commit_callbacks):
    fields = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    made = api.upload(b"x", purpose="user_data", **fields).json()
    assert made["expires_at"] - made["created_at"] == 3600
    File.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert api.get(f"files/{made['id']}").status_code == 404
    assert api.get("files").json()["data"] == []
    sha256 = File.objects.get().sha256
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_expired_files() == 1
    assert not FILES.exists(sha256)


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"purpose": "vision"}, "purpose", "invalid_value"),
        ({"purpose": ""}, "purpose", "missing_required_parameter"),
        ({"expires_after[anchor]": "created_at"}, "expires_after", "invalid_value"),
        (
            {"expires_after[anchor]": "created_at", "expires_after[seconds]": "5"},
            "expires_after[seconds]",
            "invalid_value",
        ),
        (
            {"expires_after[anchor]": "now", "expires_after[seconds]": "3600"},
            "expires_after",
            "invalid_value",
        ),
    ],
)
def test_a_form_that_is_wrong_is_refused_by_its_field(api, fields, param, code):
    response = api.upload(b"x", **{"purpose": "evals", **fields})

    assert refusal(response)[2:] == (param, code)


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b"{}"])
def test_a_body_that_is_no_form_is_refused(api, body):
    response = api.client.post(
        "/v1/files", body, content_type="multipart/form-data; boundary=x", headers=api.headers
    )

    assert refusal(response)[0] == 400


def test_a_file_over_the_quota_is_429_and_not_repeated(api, cast):
    owner = Namespace.objects.get(key="owner")
    set_limit(owner.pk, Meter.STORAGE_BYTES, 10)

    response = api.upload(jsonl(class_rows()))

    assert refusal(response) == (429, "insufficient_quota", None, "insufficient_quota")
    assert response["x-should-retry"] == "false"


# who may


def test_a_stranger_finds_no_file_of_others(cast):
    file = a_file(cast.owner)
    stranger, anonymous = Api(cast.stranger), Api()

    unknown = stranger.get("files/file-unknown")

    for response in (stranger.get(f"files/{file.public_id}"), stranger.delete(f"files/{file.public_id}")):
        assert (response.status_code, response.json()) == (404, unknown.json())
    assert stranger.get(f"files/{file.public_id}/content").status_code == 404
    assert refusal(anonymous.get(f"files/{file.public_id}"))[:2] == (401, "authentication_error")
    assert refusal(Api(token="hf_wrong").get("files")) == (
        401,
        "authentication_error",
        None,
        "invalid_api_key",
    )


def test_a_read_token_reads_and_stores_nothing(cast):
    file = a_file(cast.owner)
    reader = Api(token=a_token(cast.owner.user, TokenRole.READ))

    assert reader.get(f"files/{file.public_id}").status_code == 200
    assert refusal(reader.upload(b"x", purpose="evals"))[:2] == (403, "permission_error")
    assert refusal(reader.delete(f"files/{file.public_id}"))[0] == 403


def test_the_header_names_the_account(cast):
    member = Api(cast.member, **{"OpenAI-Organization": "grove"})

    made = member.upload(b"x", purpose="evals").json()

    assert Api(cast.owner).get(f"files/{made['id']}").status_code == 200
    assert [one["id"] for one in member.get("files").json()["data"]] == [made["id"]]
    assert Api(cast.member).get("files").json()["data"] == []
    stranger = Api(cast.stranger, **{"OpenAI-Organization": "grove"})
    assert refusal(stranger.get("files")) == (401, "authentication_error", None, "invalid_organization")


# uploads in parts


def begin(api: Api, size: int, **facts: Any) -> dict[str, Any]:
    body = {
        "bytes": size,
        "filename": "rows.jsonl",
        "mime_type": "text/jsonl",
        "purpose": "fine-tune",
        **facts,
    }
    response = api.post("uploads", body)
    assert response.status_code == 200, response.content
    return response.json()


def add(api: Api, upload: dict[str, Any], data: bytes):
    return api.form(f"uploads/{upload['id']}/parts", data=SimpleUploadedFile("blob", data))


def test_parts_become_a_file_in_the_named_order(api):
    data = jsonl(class_rows())
    upload = begin(api, len(data))
    assert (upload["status"], upload["object"], upload["file"]) == ("pending", "upload", None)
    last, first = (add(api, upload, one).json()["id"] for one in (data[100:], data[:100]))

    done = api.post(f"uploads/{upload['id']}/complete", {"part_ids": [first, last]}).json()

    assert (done["status"], done["file"]["bytes"], done["file"]["status"]) == (
        "completed",
        len(data),
        "processed",
    )
    assert b"".join(api.get(f"files/{done['file']['id']}/content").streaming_content) == data
    assert FilePart.objects.count() == 0
    assert refusal(add(api, upload, b"x"))[0] == 409


@pytest.mark.parametrize("case", ["size", "unknown", "twice", "md5", "none"])
def test_parts_that_are_not_the_file_are_refused(api, case):
    upload = begin(api, 4)
    part = add(api, upload, b"abc" if case == "size" else b"abcd").json()["id"]
    ids = {"unknown": ["part_x"], "twice": [part, part], "none": []}.get(case, [part])
    md5 = {"md5": "0" * 32} if case == "md5" else {}

    response = api.post(f"uploads/{upload['id']}/complete", {"part_ids": ids, **md5})

    assert refusal(response)[:3] == (400, "invalid_request_error", "md5" if case == "md5" else "part_ids")
    assert File.objects.count() == 0


def test_a_cancelled_or_expired_upload_takes_no_parts(api, cast):
    cancelled, expired = begin(api, 4), begin(api, 4)
    add(api, cancelled, b"abcd")
    FileUpload.objects.filter(public_id=expired["id"]).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert api.post(f"uploads/{cancelled['id']}/cancel").json()["status"] == "cancelled"
    response = add(api, expired, b"abcd")

    assert (refusal(response)[0], response["x-should-retry"]) == (409, "false")
    assert FilePart.objects.count() == 0
    assert Api(cast.stranger).post(f"uploads/{expired['id']}/cancel").status_code == 404


def test_an_upload_is_limited_by_what_was_announced(api):
    upload = begin(api, 4)

    assert refusal(add(api, upload, b"abcde"))[0] == 400
    assert refusal(api.post("uploads", {"bytes": 1 << 40, "filename": "x"}))[2] == "bytes"
    assert refusal(api.post("uploads", {}))[2:] == ("bytes", "missing_required_parameter")


# routes


@pytest.mark.parametrize("path", ["chat/completions", "responses", "batches", "nothing/of/it", "fine_tuning"])
def test_other_parts_of_the_api_are_404_in_its_shape(api, path):
    assert refusal(api.post(path, {})) == (404, "invalid_request_error", None, "unknown_url")


def test_another_method_is_405_in_its_shape(api):
    assert refusal(api.delete("files"))[0] == 405
    assert refusal(api.post("models", {}))[0] == 405


def test_every_answer_has_a_request_id(api):
    assert api.get("files")["x-request-id"]
    assert api.get("nothing")["x-request-id"]
