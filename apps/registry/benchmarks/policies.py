"""The policy of submissions to a benchmark."""

from __future__ import annotations

from apps.core.actor import Need
from apps.core.web.policies import SIGNED_IN, Policy
from apps.registry.repos.policies import ADDRESS, REPO_SEE

BENCHMARK_SUBMIT = Policy(
    "benchmark-submit",
    "signed-in people who may see the dataset",
    check=SIGNED_IN.check,
    open=REPO_SEE.open,
    takes=ADDRESS,
    gives="repo",
    need=Need.SEE,
)
POLICIES = [BENCHMARK_SUBMIT]
