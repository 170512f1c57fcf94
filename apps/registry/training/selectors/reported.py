"""Scores that a model's repository reports, and what is known of each.

source  hub documentation, "Evaluation results": `.eval_results/*.yaml`, and `model-index` of the card before
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, Need
from apps.registry.formats.cards.front_matter import BadYaml, read_yaml
from apps.registry.gitstore.errors import EntryNotFound, RevisionNotFound
from apps.registry.repos.access import may
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.toolchain.receipts.access import visible_to
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.verify import KINDS, SELF_REPORTED, VERIFIED

FOLDER = ".eval_results"
FILES_LIMIT, FILE_LIMIT_BYTES, SCORES_LIMIT = 100, 64 << 10, 200
NAME_LETTERS = 120


class Mark(models.TextChoices):
    """What stands behind a reported score.

    verified       a receipt of this site about this model has it
    self_reported  so has one, of a worker that somebody else runs
    reported       nothing but the repository
    """

    VERIFIED = VERIFIED, _("Verified")
    SELF_REPORTED = SELF_REPORTED, _("Self-reported")
    REPORTED = "reported", _("Reported")


@dataclass(frozen=True, slots=True)
class ReportedScore:
    """A score as a repository reports it. receipt: the one that it was checked with"""

    dataset: str
    task: str
    metric: str
    value: float
    mark: Mark
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    dataset: str
    task: str
    metric: str
    value: float
    token: str = ""


def token_of(receipt: Receipt) -> str:
    """Return what a result names as its proof: the receipt and its signature."""
    return f"{receipt.pk}.{receipt.signature}"


def reported_scores(actor: Actor, repo: Repo) -> list[ReportedScore]:
    """Return the scores of a model's files and card, each checked against the receipt that it names."""
    files = _from_files(repo) if may(actor, Need.READ, repo) else iter(())
    claims = list(islice((*files, *_from_card(repo.card)), SCORES_LIMIT))
    receipts = _receipts(actor, claims)
    return [_checked(repo, claim, receipts.get(claim.token)) for claim in claims]


def _checked(repo: Repo, claim: _Claim, receipt: Receipt | None) -> ReportedScore:
    facts = claim.dataset, claim.task, claim.metric, claim.value
    if receipt is None or not _agrees(repo, claim, receipt):
        return ReportedScore(*facts, Mark.REPORTED)
    return ReportedScore(*facts, Mark(KINDS[receipt.body["type"]]), receipt)


def _agrees(repo: Repo, claim: _Claim, receipt: Receipt) -> bool:
    """Return whether a receipt is about this model and has the score that is claimed."""
    body = receipt.body
    is_about = receipt.model_key == repo.pk and body["dataset"]["address"] == claim.dataset
    scores = {score["name"]: score["value"] for score in body["result"]["scores"]}
    return is_about and scores.get(claim.metric) == claim.value and body["type"] in KINDS


def _receipts(actor: Actor, claims: Iterable[_Claim]) -> dict[str, Receipt]:
    """Return the visible receipts that claims name, by their whole token."""
    ids = [key for claim in claims if (key := _uuid(claim.token.partition(".")[0]))]
    rows = visible_to(actor).filter(pk__in=ids) if ids else []
    return {token_of(receipt): receipt for receipt in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _from_files(repo: Repo) -> Iterator[_Claim]:
    """Yield the results in the files of the folder at the newest commit; what is no result is left out."""
    git = git_of(repo)
    try:
        entries = list(islice(git.tree(repo.head, FOLDER), FILES_LIMIT)) if repo.head else []
    except (EntryNotFound, RevisionNotFound):
        return
    for entry in entries:
        if not entry.path.endswith((".yaml", ".yml")):
            continue
        data = git.read_file(repo.head, entry.path, FILE_LIMIT_BYTES)
        try:
            found = read_yaml(data.decode("utf-8", "replace")) if data else None
        except BadYaml:
            continue
        for one in found if isinstance(found, list) else ():
            if claim := _of_result(one):
                yield claim


def _of_result(one: object) -> _Claim | None:
    """Return an entry of `.eval_results`; its notes name the metric where we wrote them."""
    if not isinstance(one, Mapping) or not isinstance(dataset := one.get("dataset"), Mapping):
        return None
    value = one.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    token = one.get("verifyToken")
    return _Claim(
        dataset=_text(dataset.get("id")),
        task=_text(dataset.get("task_id")),
        metric=_text(one.get("notes")),
        value=float(value),
        token=token if isinstance(token, str) else "",
    )


def _from_card(card: Mapping[str, Any]) -> Iterator[_Claim]:
    """Yield the metrics of a card's model-index."""
    for model in _list(card.get("model-index")):
        for result in _list(model.get("results")):
            dataset = result.get("dataset")
            facts = dataset if isinstance(dataset, Mapping) else {}
            for metric in _list(result.get("metrics")):
                value = metric.get("value")
                if not isinstance(value, bool) and isinstance(value, int | float):
                    name = _text(facts.get("type") or facts.get("name"))
                    yield _Claim(name, _text(facts.get("split")), _text(metric.get("type")), float(value))


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return str(value)[:NAME_LETTERS] if isinstance(value, str | int | float) else ""
