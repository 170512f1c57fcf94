"""What a training would make of the rows of a dataset, before it is ordered."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import Refusal
from apps.core.text.formatting import percent, thousands
from apps.registry.contents.previews.sources import source_of
from apps.registry.contents.previews.splits import Split
from apps.registry.contents.previews.viewer import View, first_rows
from apps.registry.formats.source import Unreadable
from apps.registry.formats.tables.numbered_rows import numbered_rows
from apps.registry.formats.tables.rows import format_of
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.toolchain.contracts import ContractError, Recipe, clean_params, find_recipe, translate_message
from apps.toolchain.contracts.chat_training import INSPECT
from apps.toolchain.contracts.chats import BUCKETS, DataCheck, Example, Place, RowError, Turn, check_rows
from apps.toolchain.jobs.errors import InvalidOrder

from ..services.launch import InputRepo, open_inputs, recipe_of

SPLIT_PARAMS = ("train_split", "validation_split", "test_split")
SHOWN_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of a split is read at most."""

    files: int
    rows: int
    bytes: int
    seconds: float


QUICK = Budget(files=2, rows=100, bytes=1 << 20, seconds=1)
WHOLE = Budget(files=200, rows=50_000, bytes=64 << 20, seconds=8)


@dataclass(slots=True)
class SplitCheck:
    """What was found in a split.

    is_whole  whether all of it was read
    problem   why no row could be read
    """

    split: str
    found: DataCheck
    is_whole: bool = True
    problem: str = ""


def can_check(recipe: Recipe) -> bool:
    return recipe.read_row is not None


def preview_link(recipe: Recipe, model: Repo, dataset: Repo | None) -> str:
    """Return where a preview of the same rows is ordered, "" if there is none."""
    found = find_recipe(INSPECT, recipe.name)
    if found is None or recipe.kind == INSPECT or dataset is None:
        return ""
    query = urlencode({"model": model.address.id, "recipe": recipe.name})
    return f"{dataset.get_absolute_url()}/{found.kind_words.path}?{query}"


def check_order(
    *, actor: Actor, kind: str, recipe: str, inputs: Mapping[str, InputRepo], params: Mapping[str, Any]
) -> list[SplitCheck]:
    """Check the splits that an order names.

    raises  InvalidOrder, Unauthenticated
    """
    found = recipe_of(kind, recipe)
    if not can_check(found):
        raise InvalidOrder(fields={"recipe": _("The rows of this recipe are not checked before an order.")})
    repos = open_inputs(actor, found, inputs)
    try:
        values = clean_params(found, params, is_json=True)
    except ContractError as error:
        raise InvalidOrder(fields=error.errors) from None
    repo, pin = next(one for one in repos.values() if one[0].kind == RepoKind.DATASET)
    return check_splits(repo, first_rows(repo, git_of(repo), pin.commit), found, values)


def check_splits(
    repo: Repo, view: View, recipe: Recipe, values: Mapping[str, Any], budget: Budget = WHOLE
) -> list[SplitCheck]:
    """Check the splits that the values name, as far as the budget of each goes."""
    names = [values[name] for name in SPLIT_PARAMS if values.get(name) and not is_share(values[name])]
    if not view.splits:
        return [
            SplitCheck(names[0], DataCheck(), problem=view.problem or _("The dataset has no data files."))
        ]
    return [_check_split(repo, view, recipe, values, name, budget) for name in dict.fromkeys(names)]


def is_share(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _check_split(
    repo: Repo, view: View, recipe: Recipe, values: Mapping[str, Any], name: str, budget: Budget
) -> SplitCheck:
    subset = values.get("subset") or view.default or (view.split.subset if view.split else "")
    split = next((one for one in view.splits if (one.subset, one.name) == (subset, name)), None)
    if split is None:
        words = _("The dataset has no split %(name)s. It has %(names)s.")
        known = ", ".join(one.name for one in view.splits if one.subset == subset) or "–"
        return SplitCheck(name, DataCheck(), problem=words % {"name": name, "names": known})
    reader = RowReader(repo, split, budget)
    read = recipe.read_row
    assert read is not None

    def example_of(row: Mapping[str, Any]) -> Example:
        return read(row, values)

    found = check_rows(iter(reader), example_of, max_length=values["max_length"])
    return SplitCheck(name, found, is_whole=reader.is_whole, problem=reader.problem)


class RowReader:
    """Reads the rows of a split within a budget.

    is_whole  whether all rows were read
    problem   why reading ended early, "" if it did not
    """

    def __init__(self, repo: Repo, split: Split, budget: Budget) -> None:
        self.repo, self.split, self.budget = repo, split, budget
        self.is_whole, self.problem = True, ""

    def __iter__(self) -> Iterator[tuple[Place, Mapping[str, Any] | RowError]]:
        git, ends_at = git_of(self.repo), time.monotonic() + self.budget.seconds
        rows = size = 0
        for file in self.split.files[: self.budget.files]:
            try:
                source = source_of(self.repo, git, file)
                for row in numbered_rows(source, format_of(file.path)):
                    yield (
                        Place(file.path, row.line),
                        RowError("row_invalid", row.problem) if row.problem else row.values,
                    )
                    rows += 1
                    is_over = rows >= self.budget.rows or size + row.end >= self.budget.bytes
                    if is_over or time.monotonic() > ends_at:
                        self.is_whole = row.end == source.size and file is self.split.files[-1]
                        return
            except (Unreadable, Refusal) as problem:
                words = problem.words if isinstance(problem, Refusal) else str(problem)
                self.is_whole, self.problem = False, f"{file.path}: {words}"
                return
            size += file.size
        self.is_whole = len(self.split.files) <= self.budget.files


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """role: translated; is_learned: whether the model learns to write it"""

    role: str
    text: str
    is_learned: bool
    mark: str = ""


@dataclass(frozen=True, slots=True)
class CheckPanel:
    """A checked split as a page shows it.

    tone       of its summary: good, warn or bad
    facts      label and text of each figure
    counts     rows by tokens, titles of these bars, and what the first and the last stand for
    problems   file, line and what is wrong
    more       number of problems beyond those
    previews   file, line and dialog of the first rows
    """

    split: str
    tone: str
    summary: str
    facts: list[tuple[str, str]]
    counts: list[int]
    titles: list[str]
    scale: str
    problems: list[tuple[str, int, str]]
    more: int
    previews: list[tuple[str, int, list[ShownTurn]]]


def panels_of(checks: list[SplitCheck], *, max_length: int) -> list[CheckPanel]:
    return [_panel(one, max_length) for one in checks]


def _panel(check: SplitCheck, max_length: int) -> CheckPanel:
    found = check.found
    tops, titles, counts = _bars(found) if found.good else ([], [], [])
    shown = [(one.place.file, one.place.line, words_of(one.message)) for one in found.problems]
    return CheckPanel(
        split=check.split,
        tone="bad" if check.problem or found.bad else "warn" if found.unlearned else "good",
        summary=summary_of(check),
        facts=_facts(found, max_length) if found.good else [],
        counts=counts,
        titles=titles,
        scale=" – ".join(dict.fromkeys([tops[0], tops[-1]])) if tops else "",
        problems=shown,
        more=found.bad - len(shown),
        previews=[(place.file, place.line, _shown_dialog(example)) for place, example in found.previews],
    )


def summary_of(check: SplitCheck) -> str:
    """Return one sentence about a split."""
    found = check.found
    if check.problem:
        return check.problem
    counts = {"bad": thousands(found.bad), "rows": thousands(found.rows)}
    if found.bad:
        return _("%(bad)s of %(rows)s rows can't be read. A job would refuse the dataset.") % counts
    if check.is_whole:
        return _("All %(rows)s rows can be read.") % counts
    return _("The first %(rows)s rows can be read.") % counts


def words_of(message: str) -> str:
    return translate_message(_, message)


def _facts(found: DataCheck, max_length: int) -> list[tuple[str, str]]:
    facts = [
        (_("Tokens"), "≈ " + thousands(found.tokens)),
        (_("Tokens to learn"), "≈ " + thousands(found.learned_tokens)),
        (_("Longest row"), _("≈ %(count)s tokens") % {"count": thousands(found.longest)}),
        (
            _("Longer than %(count)s tokens") % {"count": thousands(max_length)},
            f"{thousands(found.truncated)} ({percent(found.truncated / found.good)})",
        ),
    ]
    if found.unlearned:
        facts.append((_("Left out: the answer does not fit"), thousands(found.unlearned)))
    if found.repeated:
        share = percent(found.repeated / found.good)
        facts.append((_("Rows that repeat another"), f"{thousands(found.repeated)} ({share})"))
    return facts


def _bars(found: DataCheck) -> tuple[list[str], list[str], list[int]]:
    """Return upper bounds, titles and counts of the bars from the first to the last that is not empty."""
    tops = [f"≤ {thousands(top)}" for top in BUCKETS] + [f"> {thousands(BUCKETS[-1])}"]
    filled = [place for place, count in enumerate(found.histogram) if count]
    places = range(filled[0], filled[-1] + 1)
    words = _("%(tokens)s tokens: %(rows)s rows")
    titles = [words % {"tokens": tops[one], "rows": thousands(found.histogram[one])} for one in places]
    return [tops[one] for one in places], titles, [found.histogram[one] for one in places]


def _shown_dialog(example: Example) -> list[ShownTurn]:
    mark = _("better") if example.rejected else ""
    dialog = [_turn(turn, mark if turn.is_trained else "") for turn in example.dialog]
    return [*dialog, *(_turn(Turn(turn.role, turn.text), _("worse")) for turn in example.rejected)]


def _turn(turn: Turn, mark: str) -> ShownTurn:
    roles = {"system": _("System"), "user": _("User"), "assistant": _("Assistant")}
    text = turn.text if len(turn.text) <= SHOWN_CHARACTERS else f"{turn.text[:SHOWN_CHARACTERS]}…"
    return ShownTurn(roles[str(turn.role)], text, turn.is_trained, mark)
