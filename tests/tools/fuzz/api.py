"""Schemathesis runs of the whole OpenAPI document against a throw-away local stack."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.conftest import ROOT
from tests.guardian import guarded_folder
from tests.system.local_stack import TestStack

PASSWORD = "a-long-fuzz-passphrase"
CHECKS = (
    *(
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
    ),
    *("response_schema_conformance", "negative_data_rejection", "ignored_auth", "valid_requests_are_read"),
)
# failed preconditions are 412
CONFIG = """\
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429"]

[parameters]
"""
HOOKS = "tests.tools.fuzz.checks"
# operations that would remove the repositories of the other calls
ENDS = ("delete_repo", "move_repo")
CARD = (
    "---\nlicense: mit\n"
    "configs: [{config_name: default, data_files: [{split: train, path: train.csv}]}]\n---\n# Lines\n"
)


@dataclass(frozen=True)
class Pass:
    """One run: its credentials and fixed parameters.

    share  fraction of the total time
    """

    name: str
    share: float
    headers: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    checks: tuple[str, ...] = CHECKS


class Site:
    """A local stack with two people, a model and a dataset."""

    def __init__(self, folder: Path) -> None:
        self.stack = TestStack(folder, options=("--without-ml",), settings={"WEB_WORKERS": "1"})

    @property
    def api(self) -> str:
        return f"{self.stack.url}/api/v1"

    def start(self) -> None:
        self.stack.start()
        names = ("owner", "stranger")
        self.tokens = dict(zip(names, self.stack.people(*names, password=PASSWORD), strict=True))
        self._fill()

    def _fill(self) -> None:
        for kind, name in (("model", "tiny-llama"), ("dataset", "film-lines")):
            self._post("/repos", {"kind": kind, "namespace": "owner", "name": name})
            operations = [
                {"operation": "put", "path": path, "content": text}
                for path, text in (("README.md", CARD), ("train.csv", "a,b\n1,2\n"))
            ]
            self._post(f"/repos/{kind}/owner/{name}/commits", {"message": "Begin", "operations": operations})
            self._post(f"/repos/{kind}/owner/{name}/branches", {"name": "side"})
            self._post(f"/repos/{kind}/owner/{name}/tags", {"name": "v1"})

    def _post(self, path: str, body: dict) -> None:
        answer = requests.post(self.api + path, json=body, headers=self.bearer_headers("owner"), timeout=30)
        assert answer.status_code == 201, answer.text

    def bearer_headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def as_browser(self) -> dict[str, str]:
        """Sign in on the page and return the headers of that session."""
        browser = requests.Session()
        page = browser.get(f"{self.stack.url}/login", timeout=30).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "login": "owner", "password": PASSWORD}
        browser.post(f"{self.stack.url}/login", form, headers={"Referer": self.stack.url}, timeout=30)
        cookies = browser.cookies.get_dict()
        assert "sessionid" in cookies
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies["csrftoken"],
        }


def passes(site: Site) -> list[Pass]:
    model = {"path.kind": "model", "path.namespace": "owner", "path.name": "tiny-llama"}
    dataset = {**model, "path.kind": "dataset", "path.name": "film-lines"}
    below = (
        "--include-path-regex",
        r"^/api/v1/repos/\{kind\}",
        *(part for end in ENDS for part in ("--exclude-operation-id", end)),
    )
    people = ("--include-path-regex", r"^/api/v1/(me|organizations|people)")
    # every request has the browser's cookie, even where a case leaves it out
    of_browser = tuple(check for check in CHECKS if check not in ("ignored_auth", "negative_data_rejection"))
    return [
        Pass("a model of one's own", 0.3, site.bearer_headers("owner"), model, below),
        Pass("a dataset of one's own", 0.15, site.bearer_headers("owner"), dataset, below),
        Pass("anything at all", 0.3, site.bearer_headers("stranger")),
        Pass("a person at a browser", 0.25, site.as_browser(), {}, people, of_browser),
    ]


def run_pass(site: Site, one: Pass, folder: Path, *, seconds: int, examples: int, seed: int) -> int:
    """Run schemathesis once and return its exit status; it reports to the terminal."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG + "".join(f'"{name}" = "{value}"\n' for name, value in one.fixed.items()))
    command = [
        str(Path(sys.executable).with_name("st")),
        "--config-file",
        str(config),
        "--no-color",
        "run",
        f"{site.api}/openapi.json",
    ]
    command += [
        "--checks",
        ",".join(one.checks),
        "--phases",
        "examples,coverage,fuzzing",
        "--continue-on-failure",
        "--warnings",
        "off",
    ]
    command += [
        "--max-time",
        str(seconds),
        "--max-examples",
        str(examples),
        "--seed",
        str(seed),
        "--request-timeout",
        "30",
        *one.options,
    ]
    for name, value in one.headers.items():
        command += ["-H", f"{name}: {value}"]
    print(f"\n=== {one.name} ({seconds} s)", flush=True)
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, timeout=seconds * 3 + 120).returncode


def faults_in(log: str) -> list[str]:
    """Return the errors that the site logged."""
    return [
        f"{line[:120]} … {line[-900:]}"
        for line in log.splitlines()
        if '"level": "error"' in line or "Traceback" in line
    ]


def main(arguments: list[str]) -> int:
    """Return 0 if every response is documented and none is a server error."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.fuzz api")
    parser.add_argument("--seconds", type=int, default=600, help="total time")
    parser.add_argument("--examples", type=int, default=50, help="maximum per operation and pass")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of the name of a pass")
    options = parser.parse_args(arguments)
    with guarded_folder("banyan-fuzz-") as folder:
        return fuzz(options, folder)


def fuzz(options: argparse.Namespace, folder: Path) -> int:
    site, found = Site(folder / "stack"), {}
    try:
        site.start()
        runs = [one for one in passes(site) if options.only in one.name]
        total = sum(one.share for one in runs)
        for one in runs:
            seconds = max(5, int(options.seconds * one.share / total))
            found[one.name] = run_pass(
                site, one, folder, seconds=seconds, examples=options.examples, seed=options.seed
            )
    finally:
        site.stack.stop()
    logs = "\n".join(file.read_text(errors="replace") for file in (folder / "stack").rglob("*.log"))
    faults = faults_in(logs)
    print(
        "\n".join(
            [
                "",
                *[f"{name}: {'right' if not status else 'wrong'}" for name, status in found.items()],
                *faults[:40],
            ]
        )
    )
    return 1 if any(found.values()) or faults else 0
