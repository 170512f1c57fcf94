"""Policies of reviews: they open the review of the URL."""

from __future__ import annotations

from typing import Any

from apps.community.feedback.access import check_writer
from apps.community.feedback.policies import OPEN, WRITER, by_writer, row_policy
from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import SIGNED_IN, Policy
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import ADDRESS, REPO_SEE

from .access import edited_review, review_for

REVIEW_SEE = row_policy(
    "repo-review-see", "everyone who may see the review", "review", review_for, Need.READ, **OPEN
)
REVIEW_WRITE = row_policy(
    "repo-review-write",
    "signed-in people who may see the review",
    "review",
    by_writer(review_for),
    Need.READ,
    **WRITER,
)
REVIEW_EDIT = row_policy(
    "repo-review-edit", "the author of the review", "review", edited_review, Need.READ, **WRITER
)


def _open_repo_for_writer(request: HubRequest, **address: Any) -> Repo:
    repo: Repo = REPO_SEE.open_for(request, address)
    check_writer(request.actor)
    return repo


REPO_REVIEW = Policy(
    "repo-review",
    "signed-in people who may see the repository",
    check=SIGNED_IN.check,
    open=_open_repo_for_writer,
    takes=ADDRESS,
    gives="repo",
    need=Need.SEE,
)
POLICIES = [REVIEW_SEE, REVIEW_WRITE, REVIEW_EDIT, REPO_REVIEW]
