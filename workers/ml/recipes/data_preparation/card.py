"""The dataset card of a prepared dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huggingface_hub import DatasetCardData

from apps.toolchain.contracts import Note, Score, Table
from apps.toolchain.contracts.recipes.data_preparation import PREPARE, Privacy

from ...context import RecipeContext
from ...preparation.languages import UNKNOWN
from ...preparation.study import Study
from ...training import cards

INHERITED = ("license", "license_name", "license_link", "language", "task_categories", "pretty_name", "tags")
LEAST_SHARE = 0.02
PERSONAL_DATA_WORDS = (
    "Email addresses, phone, card, account and identity numbers, public IP addresses and access keys are "
    "found by their form and checksum. Names are not, unless it is said above. No such search is complete."
)
SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)


def source_facts(context: RecipeContext) -> dict[str, Any]:
    """Return what the card of the source says that is true of the new dataset too."""
    front = cards.front_matter_of(context.dataset_folder / "README.md")
    return {name: front[name] for name in INHERITED if isinstance(front.get(name), str | list)}


def write_card(
    context: RecipeContext,
    study: Study,
    *,
    files: Mapping[str, Sequence[str]],
    rows: Mapping[str, int],
    tables: Iterable[Table],
    scores: tuple[Sequence[Score], Sequence[Score]],
    notes: Sequence[Note],
) -> None:
    """Write README.md into the output folder.

    files   paths in the repository, by split
    scores  before and after
    """
    front = front_matter(context, study, files, sum(rows.values()))
    cards.write_card(context, front, sections(context, study, tables, scores, notes))


def front_matter(context: RecipeContext, study: Study, files: Mapping[str, Sequence[str]], rows: int) -> str:
    """Return the YAML of the card; what the source's card says is inherited."""
    known = source_facts(context)
    known.setdefault("language", main_languages(study) or None)
    data_files = [{"split": split, "path": list(paths)} for split, paths in files.items()]
    card = DatasetCardData(
        **known,
        source_datasets=[context.spec.inputs["dataset"].address],
        size_categories=[next((words for limit, words in SIZES if rows < limit), "n>10M")],
        configs=[{"config_name": "default", "data_files": data_files}],
    )
    return card.to_yaml()


def main_languages(study: Study) -> list[str]:
    """Return the languages of at least LEAST_SHARE of the rows that were read for it."""
    total = study.languages.total() or 1
    return [
        code
        for code, count in study.languages.most_common()
        if code != UNKNOWN and count >= LEAST_SHARE * total
    ]


def sections(
    context: RecipeContext,
    study: Study,
    tables: Iterable[Table],
    scores: tuple[Sequence[Score], Sequence[Score]],
    notes: Sequence[Note],
) -> Iterable[str]:
    """Yield the sections of the card."""
    yield f"# {cards.title(context)}"
    yield f"Prepared from {cards.link(context, context.spec.inputs['dataset'])}. {' '.join(acts(context))}"
    yield "\n\n".join(["## Before and after", comparison(*scores), *(f"- {note.words}" for note in notes)])
    for table in tables:
        yield f"## {table.title}\n\n" + cards.table(
            table.head, [[cell_of(one) for one in row] for row in table.rows]
        )
    if study.texts.privacy != Privacy.IGNORE:
        yield "## Personal data\n\n" + PERSONAL_DATA_WORDS
    yield "## Settings\n\n" + cards.settings_table(context, {})
    yield "## Provenance\n\n" + cards.provenance(context)
    yield "All of this is also in `report.json`; which rows were removed and why is an artifact of the job."


def acts(context: RecipeContext) -> Iterable[str]:
    """Yield a sentence for each thing that was done."""
    params = context.spec.params
    if params["clean"]:
        yield "Texts have one form of Unicode and of line ends."
    if params["languages"]:
        yield f"Only texts in {', '.join(params['languages'])} were kept."
    if params["duplicates"] != "keep":
        near = f" or similar ({params['similarity']:g} or more)" if params["duplicates"] == "near" else ""
        yield f"Of texts that are the same{near}, one was kept."
    if params["leakage"] == "remove":
        yield "No text of a held-out split is in the training split."
    if params["privacy"] in ("replace", "number"):
        yield "Personal data that was found was replaced by its kind."
    if params["names"]:
        yield "Names of people and places were looked for with a language model."


def comparison(before: Sequence[Score], after: Sequence[Score]) -> str:
    """Return the numbers before and after as a table."""
    later = {score.name: score for score in after}
    rows = [
        [PREPARE.metric(one.name).label, number(one), number(later[one.name])]
        for one in before
        if one.name in later
    ]
    return cards.table(["", "before", "after"], rows)


def number(score: Score) -> str:
    return f"{score.value:.2%}" if score.unit == "fraction" else f"{score.value:,.0f}"


def cell_of(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
