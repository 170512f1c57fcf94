"""Parts of the card of a published repository: front matter for tools, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from apps.toolchain.contracts import PinnedRepo, recipe_for

from ..context import RecipeContext
from ..hardware import versions

CURVE_ROWS = 20
INHERITED = ("license", "license_name", "license_link", "language")


def write_card(context: RecipeContext, front: str, sections: Iterable[str]) -> None:
    """Write README.md into the output folder; empty sections are left out."""
    body = "\n\n".join(section for section in sections if section)
    (context.folder.output / "README.md").write_text(f"---\n{front.strip()}\n---\n\n{body}\n")


def front_matter_of(file: Path) -> Mapping[str, Any]:
    """Return the front matter of a card; empty if there is none or it is invalid."""
    try:
        text = file.read_text("utf-8")
        facts = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else None
    except (OSError, ValueError, IndexError, yaml.YAMLError):
        return {}
    return facts if isinstance(facts, dict) else {}


def inherited(context: RecipeContext) -> dict[str, Any]:
    """Return license and language of the base model."""
    base = front_matter_of(context.model_folder / "README.md")
    return {name: base[name] for name in INHERITED if isinstance(base.get(name), str | list)}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; each cell is a single line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


def title(context: RecipeContext) -> str:
    return context.spec.output.address.split("/")[-1] if context.spec.output else "Model"


def link(context: RecipeContext, repo: PinnedRepo, *, at_commit: bool = False) -> str:
    """Return a Markdown link to a repository, or to its files at the pinned commit."""
    folder = "datasets/" if repo.kind == "dataset" else ""
    tree = f"/tree/{repo.commit}" if at_commit else ""
    return f"[{repo.address}]({context.spec.hub_url}/{folder}{repo.address}{tree})"


def settings_table(
    context: RecipeContext, used: Mapping[str, object], more: Iterable[tuple[str, object]] = ()
) -> str:
    """Return the settings of this run, by the recipe's declaration, with hardware and versions.

    used  values that the run chose itself, by the name of the parameter
    more  further rows
    """
    spec, hardware = context.spec, context.hardware
    values = {**spec.params, **used, "seed": spec.seed}
    params = recipe_for(spec.kind, spec.recipe).shown_params(values)
    rows = [
        (param.name, values[param.name])
        for param in params
        if param.source is None and values[param.name] not in ("", [], {})
    ]
    cores = f" ({hardware.cores} cores)" if hardware.device == "cpu" else ""
    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    machine = ("hardware", f"{hardware.name}{cores}"), ("versions", libraries)
    return table(["parameter", "value"], [*rows, *more, *machine])


def curve(
    history: Sequence[Mapping[str, Any]], scores: Mapping[str, str], *, rows_limit: int = CURVE_ROWS
) -> str:
    """Return validations as a table, each with the last training loss before it, evenly thinned.

    history  the Trainer's log
    scores   names in the log of what validations measure, and their heads
    """
    rows, loss = [], None
    for entry in history:
        loss = entry.get("loss", loss)
        if "eval_loss" in entry:
            values = (f"{entry[name]:.4f}" for name in scores)
            rows.append(
                [entry["step"], f"{entry['epoch']:.2f}", "–" if loss is None else f"{loss:.4f}", *values]
            )
    step = max(1, -(-len(rows) // rows_limit))
    kept = [row for place, row in enumerate(rows) if place % step == 0 or place == len(rows) - 1]
    return table(["step", "epoch", "training loss", *scores.values()], kept)


def provenance(context: RecipeContext) -> str:
    """Return a table of the pinned inputs and the job."""
    spec = context.spec
    pins = recipe_for(spec.kind, spec.recipe).in_order(spec.inputs)
    rows = [
        ["base model" if name == "model" else name, link(context, repo, at_commit=True), f"`{repo.commit}`"]
        for name, repo in pins.items()
    ]
    submitter = json.dumps(spec.submitted_by, ensure_ascii=False)[1:-1]
    job = ["job", f"[{spec.id}]({spec.hub_url}/jobs/{spec.id})", f"submitted by {submitter}"]
    return table(["source", "link", "commit"], [*rows, job])
