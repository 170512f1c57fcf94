"""The quick start of the REST API, played as its reader would: block by block, with curl alone."""

import html
import os
import re
import subprocess
import threading
import time
import urllib.request

import pytest
from django.db import connection

from apps.core.actor import Need
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job, JobState
from apps.toolchain.receipts.services import record_result
from apps.users.accounts.models import TokenRole
from tests.job_makers import a_claim, a_result, an_event, key_actor, report
from tests.makers import a_repo, a_token
from tests.seed import commit_files

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BLOCK = re.compile(r'<div class="code highlight"\s+data-play="(\w+)"[^>]*>.*?<code>(.*?)</code>', re.DOTALL)
# a reader sees that a request was refused; the script stops there
CURLRC = "fail-with-body\nsilent\nshow-error\nmax-time = 60\n"
READS = """---
task_categories: [text-classification]
---
"""


def blocks_of(url: str) -> dict[str, str]:
    """Return the commands of the page by section, as its copy buttons give them."""
    with urllib.request.urlopen(f"{url}/api/v1/docs/start") as answer:
        page = answer.read().decode()
    return {name: html.unescape(re.sub(r"<[^>]+>", "", code)) for name, code in BLOCK.findall(page)}


def work_on_a_job(staff) -> None:
    """Run the job that comes, as a worker does, with a result that becomes a receipt."""
    try:
        while not (job := Job.objects.filter(state=JobState.QUEUED).first()):
            time.sleep(0.1)
        claim = a_claim(job, staff)
        report(claim, an_event(1, EventKind.STATE, state="running"))
        report(claim, an_event(2, EventKind.LOG, line="Evaluating 100 samples."))
        record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))
        report(claim, an_event(3, EventKind.STATE, state="succeeded"))
    finally:
        connection.close()


@pytest.fixture
def played(site, live_cast, tmp_path) -> dict[str, str]:
    """Play all blocks in one shell and return what each printed."""
    model = a_repo(live_cast.owner, "tiny-sentiment")
    data = a_repo(live_cast.owner, "film-reviews", kind="dataset")
    commit_files(live_cast.owner, model, {"README.md": "---\nlicense: mit\n---\n", "config.json": "{}"})
    commit_files(
        live_cast.owner, data, {"README.md": READS, "test.csv": "text,label\ngood,positive\nbad,negative\n"}
    )
    worker = threading.Thread(target=work_on_a_job, args=(live_cast.staff,), daemon=True)
    worker.start()

    blocks = blocks_of(site.url)
    script = "\n".join(f"echo; echo '== {name}'\n{code}" for name, code in blocks.items())
    grant = {"target": "organization:grove", "need": int(Need.ADMIN)}
    grove_token = a_token(live_cast.owner.user, TokenRole.FINE_GRAINED, grants=[grant])
    script = script.replace("ORG_TOKEN=hf_…", f"ORG_TOKEN={grove_token}")
    script = script.replace("TOKEN=hf_…", f"TOKEN={live_cast.owner.token}")
    (tmp_path / ".curlrc").write_text(CURLRC)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    worker.join(10)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    parts = re.split(r"^== (\w+)\n", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))


def test_the_six_tasks_of_the_quick_start_succeed(played):
    assert list(played) == ["before", "create", "upload", "list", "job", "members", "receipt"]
    assert '"name":"owner"' in played["before"]
    assert re.search(r"^HTTP/1.1 201", played["create"])
    assert "/api/v1/repos/model/owner/first-steps" in played["create"]
    assert played["upload"].endswith('{"hidden_size": 64}')
    assert {"owner/first-steps", "owner/tiny-sentiment"} <= set(
        re.findall(r'"full_name":"([^"]+)"', played["list"])
    )
    assert "Evaluating 100 samples." in played["job"]
    assert '"state":"succeeded"' in played["job"].splitlines()[-1]
    assert '"role":"write"' in played["members"]
    assert "Signature Verified Successfully" in played["receipt"]
