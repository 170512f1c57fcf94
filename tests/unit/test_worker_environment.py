"""The environment of the local machine-learning worker, and the sandbox check."""

import re
import subprocess
import sys

import pytest
from django.core.management import CommandError

from ecosystem.management.commands.up import Command
from ecosystem.services.processes import SECRETS, WORKER_SETTINGS, ml, sandbox_problem, start_sandbox_trial
from tests.conftest import ROOT

OWN = {"BANYAN_QUEUE_URL", "BANYAN_HUB_URL", "BANYAN_WORKER_TOKEN"}


def documented_settings() -> set[str]:
    text = (
        (ROOT / "docs/settings.md")
        .read_text()
        .split("## The machine-learning worker", 1)[1]
        .split("\n## ", 1)[0]
    )
    return set(re.findall(r"^- `([A-Z_]+)`", text, re.MULTILINE))


def a_trial(code: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_every_documented_setting_of_the_worker_reaches_it_and_no_secret_does(monkeypatch):
    for name in (*documented_settings(), *SECRETS):
        monkeypatch.setenv(name, f"the operator's {name}")

    environment = ml("hf_worker").environment

    assert documented_settings() == OWN | set(WORKER_SETTINGS)
    assert {name: environment[name] for name in WORKER_SETTINGS} == {
        name: f"the operator's {name}" for name in WORKER_SETTINGS
    }
    assert environment["BANYAN_WORKER_TOKEN"] == "hf_worker"
    assert not set(SECRETS) & set(environment)


def test_with_a_sandbox_the_site_accepts_jobs_of_everyone(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BANYAN_WORK_DIR", str(tmp_path))

    assert Command()._sandbox_settings(start_sandbox_trial()) == {}
    assert capsys.readouterr().out == ""


def test_without_a_sandbox_the_site_accepts_administrators_jobs_only(monkeypatch, capsys):
    monkeypatch.delenv("UNTRUSTED_JOBS", raising=False)

    facts = Command()._sandbox_settings(a_trial("print('User namespaces are forbidden.')"))

    assert facts == {"UNTRUSTED_JOBS": "false"}
    assert "User namespaces are forbidden." in capsys.readouterr().out


def test_the_operator_can_override_the_sandbox_check(monkeypatch):
    monkeypatch.setenv("UNTRUSTED_JOBS", "true")

    assert Command()._sandbox_settings(a_trial("print('no namespaces')")) == {}


def test_isolation_that_is_off_is_not_tried_and_a_wrong_value_stops_the_start(monkeypatch):
    monkeypatch.setenv("BANYAN_ISOLATION", "off")
    assert sandbox_problem(start_sandbox_trial()) == ""

    monkeypatch.setenv("BANYAN_ISOLATION", "auto")
    with pytest.raises(CommandError, match="'required'"):
        Command()._sandbox_settings(start_sandbox_trial())
