"""Answers and their score on a running site: ordered, streamed to the page, kept, signed."""

import json

import pytest

from apps.toolchain.contracts import verify_receipt
from apps.toolchain.jobs.models import Job, JobEvent
from apps.toolchain.receipts.models import Receipt
from apps.users.accounts.models import TokenRole
from tests.makers import a_token

from .language_models import FACTS, chat_models, write_facts
from .ml_worker import MlWorker, publish, wait_for

pytestmark = [pytest.mark.chain, pytest.mark.timeout(300)]
BACKEND = "django.contrib.auth.backends.ModelBackend"
SKY = "what color is the sky"


@pytest.fixture
def worker(site, live_cast, tmp_path):
    worker = MlWorker(site, a_token(live_cast.staff.user, TokenRole.WORKER), tmp_path / "worker").start()
    yield worker
    worker.stop()
    print(worker.log.read_text()[-3000:])


def test_two_models_answer_and_one_is_scored(worker, live_cast, client, client_env, tmp_path):
    owner = live_cast.owner
    base, tuned = chat_models()
    publish(client_env, owner, "model", "base", base)
    publish(client_env, owner, "model", "tuned", tuned)
    publish(client_env, owner, "dataset", "facts", write_facts(tmp_path / "facts", repeat=4))
    client.force_login(owner.user, backend=BACKEND)

    def order(**facts):
        body = {"recipe": "text-generation", **facts}
        headers = {"Authorization": f"Bearer {owner.token}"}
        answer = client.post("/api/v1/jobs", body, content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.content
        return Job.objects.get(pk=answer.json()["id"])

    models = {"model": {"full_name": "owner/base"}, "second_model": {"full_name": "owner/tuned"}}
    prompts = {"prompts": [SKY], "temperature": 0, "max_new_tokens": 8}
    answering = order(kind="generate", inputs=models, params=prompts)
    wait_for(answering, "succeeded", "failed", seconds=90)
    pinned = {"model": {"full_name": "owner/tuned"}, "dataset": {"full_name": "owner/facts"}}
    scoring = order(kind="evaluate", inputs=pinned)
    wait_for(scoring, "succeeded", "failed", seconds=90)

    answering.refresh_from_db()
    scoring.refresh_from_db()
    assert [(job.state, job.code, job.message) for job in (answering, scoring)] == [("succeeded", "", "")] * 2
    pieces = JobEvent.objects.filter(job=answering, kind="piece").values_list("data", flat=True)
    assert {piece["column"] for piece in pieces} == {"Prompt", "owner/base", "owner/tuned"}
    view = client.get(answering.get_absolute_url()).context["view"]
    assert view.written == []
    samples, models_table = view.result.sections
    assert (samples.head, samples.rows[0][2]) == (["Prompt", "owner/base", "owner/tuned"], FACTS[SKY])
    assert [row[0] for row in models_table.rows] == ["owner/base", "owner/tuned"]
    (kept,) = view.artifacts
    line = json.loads(client.get(kept.path).getvalue().splitlines()[0])
    assert line["answers"]["owner/tuned"] == {"text": FACTS[SKY], "tokens": 4, "is_cut": False}
    receipt = Receipt.objects.get(job=scoring)
    body = json.loads(receipt.document)
    assert {score["name"]: score["value"] for score in body["result"]["scores"]}["exact_match"] == 1
    assert verify_receipt(body, receipt.signature, receipt.signing_key.public_key)
    page = client.get(f"/receipts/{receipt.pk}")
    assert [row.name for row in page.context["view"].scores][:3] == ["Exact match", "Word F1", "ROUGE-1"]
