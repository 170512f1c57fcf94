"""The whole workflow on a local stack, with a browser, hf, transformers, datasets and git."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.browser.looks import chromium, context_for
from tests.makers import PASSWORD
from tests.system.local_stack import TestStack
from tests.workers.samples import sentences, tiny_models, write_csv

pytestmark = pytest.mark.chain
ROOT = Path(__file__).resolve().parents[2]
ME = "gardener"
CARD = (
    "---\nlicense: cc0-1.0\nlanguage: en\n"
    "task_categories:\n- text-classification\n---\n# Rule-made sentences\n"
)
USE = (
    "import sys; from transformers import pipeline; "
    "print(pipeline('text-classification', model=sys.argv[1])(sys.argv[2])[0]['label'])"
)
LOAD = (
    "import sys; from datasets import load_dataset; print(load_dataset(sys.argv[1], split='test').num_rows)"
)
PUSH = """
import sys
from huggingface_hub import HfApi
api = HfApi()
api.create_repo(sys.argv[1], repo_type="dataset")
api.upload_folder(repo_id=sys.argv[1], repo_type="dataset", folder_path=sys.argv[2])
"""


@dataclass
class Workstation:
    """A user's machine with its own home and, after sign-up, an access token."""

    stack: TestStack
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {"HOME": str(self.home), "HF_HOME": str(self.home / "hf"), "HF_ENDPOINT": self.stack.url}
        quiet = {
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        self.environment = {**keep, **own, **quiet}

    def run(self, *command: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            command, env=self.environment, cwd=cwd or self.home, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def hf(self, *words: str) -> str:
        return self.run(str(Path(sys.executable).with_name("hf")), *words)

    def python(self, code: str, *words: str) -> str:
        return self.run(sys.executable, "-c", code, *words)

    def get(self, path: str) -> dict:
        answer = requests.get(
            self.stack.url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[TestStack]:
    stack = TestStack(tmp_path_factory.mktemp("chain") / "d")
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def workstation(stack, tmp_path_factory) -> Workstation:
    return Workstation(stack, tmp_path_factory.mktemp("workstation"))


@pytest.fixture(scope="module")
def page(stack):
    with chromium() as browser:
        context = context_for(browser, stack.url)
        yield context.new_page()


def sign_up(page) -> str:
    """Sign up and create a token in the browser; return the token."""
    page.goto("/signup")
    page.fill("[name=username]", ME)
    page.fill("[name=email]", f"{ME}@example.com")
    page.fill("[name=password1]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(
        lambda url: not url.endswith("/signup")
    )  # the form is sent once the challenge is solved
    page.goto("/settings/tokens/new")
    page.fill("[name=name]", "laptop")
    page.check("[name=role][value=write]")
    page.click("main form button[type=submit]")
    return re.search(r"hf_[A-Za-z0-9]{20,}", page.content())[0]


def start_job(page, path: str, **fields: str) -> str:
    """Start a job on its form and wait on its page until it ends; return the job's id."""
    page.goto(path)
    for name, value in fields.items():
        page.fill(f"main [name={name}]", value)
    page.click("main .order-form button.primary")
    page.wait_for_url("**/jobs/*")
    page.wait_for_selector('#job-state [data-over="true"]', timeout=120_000)
    return page.url.rsplit("/", 1)[1]


def test_from_sign_up_to_a_verified_score_and_a_used_model(workstation, page, tmp_path):
    # sign up, access token, and the token given to the command line
    workstation.token = sign_up(page)
    workstation.hf("auth", "login", "--token", workstation.token)
    assert ME in workstation.hf("auth", "whoami")

    # publish a model with hf and a dataset with huggingface_hub
    model, data = shutil.copytree(tiny_models()[0], tmp_path / "model"), tmp_path / "data"
    write_csv(data / "train.csv", sentences(1000))
    write_csv(data / "test.csv", sentences(200, seed=2))
    (data / "README.md").write_text(CARD)
    workstation.hf("upload", f"{ME}/tiny", str(model), ".")
    workstation.python(PUSH, f"{ME}/sentences", str(data))

    # both are on the site
    page.goto("/models")
    assert page.locator("main").get_by_text(f"{ME}/tiny").count()
    page.goto(f"/datasets/{ME}/sentences")
    assert page.locator("td", has_text=sentences(1)[0][0]).count()

    # fine-tune from the model's page; the job's page updates live
    job = start_job(
        page,
        f"/{ME}/tiny/fine-tune?dataset={ME}/sentences",
        name="tuned",
        param_learning_rate="0.005",
        param_epochs="6",
    )
    assert workstation.get(f"/api/v1/jobs/{job}")["state"] == "succeeded", workstation.get(
        f"/api/v1/jobs/{job}"
    )
    assert page.locator("main canvas").count()

    # evaluate on held-out data; the model's page shows the score with its receipt
    job = start_job(page, f"/{ME}/tuned/evaluate?dataset={ME}/sentences")
    receipt = workstation.get(f"/api/v1/receipts/{workstation.get(f'/api/v1/jobs/{job}')['receipt_id']}")
    result = receipt["body"]["result"]
    accuracy = next(score["value"] for score in result["scores"] if score["name"] == "accuracy")
    assert accuracy > result["baseline"]["accuracy"] + 0.15
    page.goto(f"/{ME}/tuned")
    assert page.locator(f"a[href='/receipts/{receipt['body']['id']}']").count()

    # the receipt verifies with the public key alone, and not after a change
    paper, keys = tmp_path / "receipt.json", tmp_path / "keys.json"
    keys.write_text(json.dumps(workstation.get("/api/v1/receipt-keys")))
    paper.write_text(json.dumps(receipt))
    verify = [sys.executable, "-m", "apps.toolchain.receipts.verify", str(paper), "--key", str(keys)]
    assert (
        subprocess.run(verify, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True).returncode
        == 0
    )
    paper.write_text(json.dumps(receipt).replace(f'"value": {accuracy}', '"value": 0.99'))
    assert (
        subprocess.run(verify, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True).returncode
        == 1
    )

    # transformers, datasets and git-lfs use the result
    assert workstation.python(USE, f"{ME}/tuned", "a lovely bright kind brave song").strip() == "good"
    assert workstation.python(LOAD, f"{ME}/sentences").strip() == "200"
    workstation.run("git", "lfs", "install")
    workstation.run("git", "clone", "-q", f"{workstation.stack.url}/{ME}/tuned", "clone")
    weights = workstation.home / "clone" / "model.safetensors"
    tree = workstation.get(f"/api/models/{ME}/tuned/tree/main")
    large = next(entry for entry in tree if entry["path"] == "model.safetensors")
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == large["lfs"]["oid"]


def test_data_survives_a_restart(workstation, page):
    before = workstation.get(f"/api/models/{ME}/tuned")

    workstation.stack.stop()
    workstation.stack.start()

    assert workstation.get(f"/api/models/{ME}/tuned") == before
    page.goto(f"/{ME}/tuned")
    assert page.locator("main a[href^='/receipts/']").count()
