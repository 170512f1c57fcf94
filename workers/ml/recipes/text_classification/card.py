"""The model card of a fine-tuned classifier: front matter for tools, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, ModelCardData

from apps.toolchain.jobs.contracts import PinnedRepo

from ...context import RecipeContext
from ...hardware import versions
from .training_data import TrainingData

CURVE_ROWS = 20
INHERITED = ("license", "license_name", "license_link", "language")
NAMES = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "loss": "Loss"}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Facts about the training. history: the Trainer's log; scores are fractions of 1."""

    data: TrainingData
    history: list[dict[str, Any]]
    steps: int
    best_step: int
    validation: dict[str, float]
    test: dict[str, float]
    learning_rate: float
    precision: str
    max_length: int


def write_card(context: RecipeContext, facts: CardFacts) -> None:
    """Write README.md into the output folder."""
    front = front_matter(context, facts, base_card(context.model_folder / "README.md"))
    body = "\n\n".join(part for part in sections(context, facts) if part)
    (context.folder.output / "README.md").write_text(f"---\n{front}\n---\n\n{body}\n")


def base_card(file: Path) -> Mapping[str, Any]:
    """Return the front matter of the base model's card; empty if there is none or it is invalid."""
    try:
        text = file.read_text("utf-8")
        facts = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else None
    except (OSError, ValueError, IndexError, yaml.YAMLError):
        return {}
    return facts if isinstance(facts, dict) else {}


def front_matter(context: RecipeContext, facts: CardFacts, base: Mapping[str, Any]) -> str:
    """Return the YAML of the card; license and language come from the base model."""
    model, dataset = context.spec.inputs["model"], context.spec.inputs["dataset"]
    inherited = {name: base[name] for name in INHERITED if isinstance(base.get(name), str | list)}
    scored = ((facts.validation, facts.data.validation_name), (facts.test, context.spec.params["test_split"]))
    card = ModelCardData(
        base_model=model.address,
        base_model_relation="finetune",
        datasets=[dataset.address],
        library_name="transformers",
        pipeline_tag="text-classification",
        metrics=["accuracy", "f1"],
        model_name=context.spec.output.address.split("/")[-1] if context.spec.output else "model",
        eval_results=[result for scores, split in scored for result in results(context, scores, split)]
        or None,
        tags=["text-classification", *(["lora"] if context.spec.params["method"] == "lora" else [])],
        **inherited,
    )
    return card.to_yaml().strip()


def results(context: RecipeContext, scores: Mapping[str, float], split: str) -> list[EvalResult]:
    """Return scores as entries of the card's model-index."""
    dataset = context.spec.inputs["dataset"]
    kinds = {"accuracy": "accuracy", "macro_f1": "f1"}
    return [
        EvalResult(
            task_type="text-classification",
            dataset_type=dataset.address,
            dataset_name=dataset.address.split("/")[-1],
            dataset_split=split,
            dataset_revision=dataset.commit,
            metric_type=kinds[name],
            metric_name=NAMES[name],
            metric_value=round(value, 4),
        )
        for name, value in scores.items()
        if name in kinds
    ]


def sections(context: RecipeContext, facts: CardFacts) -> Iterable[str]:
    """Yield the sections of the card."""
    spec = context.spec
    title = spec.output.address.split("/")[-1] if spec.output else "Model"
    model, dataset = spec.inputs["model"], spec.inputs["dataset"]
    classes = ", ".join(f"`{label}`" for label in facts.data.labels)
    yield f"# {title}"
    yield (
        f"[{model.address}]({spec.hub_url}/{model.address}), fine-tuned to classify text on "
        f"[{dataset.address}]({spec.hub_url}/datasets/{dataset.address}). Classes: {classes}."
    )
    yield "## Results\n\n" + result_table(facts)
    yield "## Usage\n\n" + usage(context)
    yield "## Data\n\n" + data_table(context, facts)
    yield "## Training\n\n" + training_table(context, facts)
    yield "## Training curve\n\n" + curve(facts.history) + "\n\nAll points are in `training_log.jsonl`."
    yield "## Provenance\n\n" + provenance(context, model, dataset)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; each cell is a single line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


def result_table(facts: CardFacts) -> str:
    splits = {f"validation ({facts.data.validation_name})": facts.validation, "test": facts.test}
    rows = [
        [name, *(f"{scores[key]:.4f}" if key in scores else "–" for key in NAMES)]
        for name, scores in splits.items()
        if scores
    ]
    return table(["split", *NAMES.values()], rows)


def usage(context: RecipeContext) -> str:
    address = context.spec.output.address if context.spec.output else "owner/name"
    lines = [
        "```python",
        "import os",
        "",
        f'os.environ["HF_ENDPOINT"] = "{context.spec.hub_url}"',
        "",
        "from transformers import pipeline",
        "",
        f'classify = pipeline("text-classification", model="{address}")',
        'classify("A text to classify.")',
        "```",
    ]
    return "\n".join(lines)


def data_table(context: RecipeContext, facts: CardFacts) -> str:
    names = {
        "train": context.spec.params["train_split"],
        "validation": facts.data.validation_name,
        "test": context.spec.params["test_split"],
    }
    rows = [[use, names[use], count] for use, count in facts.data.rows().items()]
    return table(["used for", "split", "rows"], rows)


def training_table(context: RecipeContext, facts: CardFacts) -> str:
    """Return the parameters of this run with the values that were used."""
    used = {
        **context.spec.params,
        "learning_rate": f"{facts.learning_rate:g}",
        "max_length": facts.max_length,
        "seed": context.spec.seed,
    }
    hidden = {
        "labels",
        "text_column",
        "label_column",
        "subset",
        "train_split",
        "validation_split",
        "test_split",
    }
    if context.spec.params["method"] != "lora":
        hidden |= {name for name in used if name.startswith("lora_")}
    shown = {name: value for name, value in used.items() if name not in hidden and value not in ("", [])}
    rows = [
        *shown.items(),
        ("precision", facts.precision),
        ("steps", facts.steps),
        ("best step", facts.best_step),
    ]
    hardware = (
        f"{context.hardware.name} ({context.hardware.cores} cores)"
        if context.hardware.device == "cpu"
        else context.hardware.name
    )
    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    return table(["parameter", "value"], [*rows, ("hardware", hardware), ("versions", libraries)])


def curve(history: list[dict[str, Any]]) -> str:
    """Return at most CURVE_ROWS validations as a table, each with the last training loss before it."""
    rows, loss = [], None
    for entry in history:
        loss = entry.get("loss", loss)
        if "eval_loss" in entry:
            scores = (f"{entry[name]:.4f}" for name in ("eval_loss", "eval_accuracy", "eval_macro_f1"))
            rows.append(
                [entry["step"], f"{entry['epoch']:.2f}", "–" if loss is None else f"{loss:.4f}", *scores]
            )
    step = max(1, -(-len(rows) // CURVE_ROWS))
    kept = [row for place, row in enumerate(rows) if place % step == 0 or place == len(rows) - 1]
    return table(["step", "epoch", "training loss", "validation loss", "accuracy", "macro F1"], kept)


def provenance(context: RecipeContext, model: PinnedRepo, dataset: PinnedRepo) -> str:
    """Return a table of the pinned commits and the job."""
    spec = context.spec
    rows = [
        [
            "base model",
            f"[{model.address}]({spec.hub_url}/{model.address}/tree/{model.commit})",
            f"`{model.commit}`",
        ],
        [
            "dataset",
            f"[{dataset.address}]({spec.hub_url}/datasets/{dataset.address}/tree/{dataset.commit})",
            f"`{dataset.commit}`",
        ],
        [
            "job",
            f"[{spec.id}]({spec.hub_url}/jobs/{spec.id})",
            f"submitted by {json.dumps(spec.submitted_by, ensure_ascii=False)[1:-1]}",
        ],
    ]
    return table(["source", "link", "commit"], rows)
