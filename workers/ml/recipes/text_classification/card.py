"""The card of a fine-tuned classifier: front matter for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, ModelCardData

from apps.toolchain.jobs.contracts import PinnedRepo

from ...hardware import versions
from ...run import Run
from .training_data import TrainingData

CURVE_ROWS = 20
INHERITED = ("license", "license_name", "license_link", "language")
NAMES = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "loss": "Loss"}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the training found. history: the Trainer's log; scores as fractions of 1."""

    data: TrainingData
    history: list[dict[str, Any]]
    steps: int
    best_step: int
    validation: dict[str, float]
    test: dict[str, float]
    learning_rate: float
    precision: str
    max_length: int


def write_card(run: Run, facts: CardFacts) -> None:
    """Write README.md into the output folder."""
    front = front_matter(run, facts, base_card(run.model_folder / "README.md"))
    body = "\n\n".join(part for part in sections(run, facts) if part)
    (run.folder.output / "README.md").write_text(f"---\n{front}\n---\n\n{body}\n")


def base_card(file: Path) -> Mapping[str, Any]:
    """Return the front matter of the base model's card, empty if it has none that can be read."""
    try:
        text = file.read_text("utf-8")
        facts = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else None
    except (OSError, ValueError, IndexError, yaml.YAMLError):
        return {}
    return facts if isinstance(facts, dict) else {}


def front_matter(run: Run, facts: CardFacts, base: Mapping[str, Any]) -> str:
    """Return the YAML of the card; license and language are those of the base model."""
    model, dataset = run.spec.inputs["model"], run.spec.inputs["dataset"]
    inherited = {name: base[name] for name in INHERITED if isinstance(base.get(name), str | list)}
    scored = ((facts.validation, facts.data.validation_name), (facts.test, run.spec.params["test_split"]))
    card = ModelCardData(
        base_model=model.address,
        base_model_relation="finetune",
        datasets=[dataset.address],
        library_name="transformers",
        pipeline_tag="text-classification",
        metrics=["accuracy", "f1"],
        model_name=run.spec.output.address.split("/")[-1] if run.spec.output else "model",
        eval_results=[result for scores, split in scored for result in results(run, scores, split)] or None,
        tags=["text-classification", *(["lora"] if run.spec.params["method"] == "lora" else [])],
        **inherited,
    )
    return card.to_yaml().strip()


def results(run: Run, scores: Mapping[str, float], split: str) -> list[EvalResult]:
    """Return scores as entries of the model index."""
    dataset = run.spec.inputs["dataset"]
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


def sections(run: Run, facts: CardFacts) -> Iterable[str]:
    """Yield the parts of the card."""
    spec = run.spec
    title = spec.output.address.split("/")[-1] if spec.output else "Model"
    model, dataset = spec.inputs["model"], spec.inputs["dataset"]
    classes = ", ".join(f"`{label}`" for label in facts.data.labels)
    yield f"# {title}"
    yield (
        f"[{model.address}]({spec.hub_url}/{model.address}), fine-tuned to classify text on "
        f"[{dataset.address}]({spec.hub_url}/datasets/{dataset.address}). Classes: {classes}."
    )
    yield "## Results\n\n" + result_table(facts)
    yield "## How to use it\n\n" + usage(run)
    yield "## Data\n\n" + data_table(run, facts)
    yield "## Training\n\n" + training_table(run, facts)
    yield "## Curve\n\n" + curve(facts.history) + "\n\nAll points are in `training_log.jsonl`."
    yield "## Where it comes from\n\n" + origin(run, model, dataset)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; cells keep to one line."""
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


def usage(run: Run) -> str:
    address = run.spec.output.address if run.spec.output else "owner/name"
    return (
        f'```python\nimport os\n\nos.environ["HF_ENDPOINT"] = "{run.spec.hub_url}"\n\nfrom transformers import pipeline\n\n'
        f'classify = pipeline("text-classification", model="{address}")\nclassify("A text to classify.")\n```'
    )


def data_table(run: Run, facts: CardFacts) -> str:
    names = {
        "train": run.spec.params["train_split"],
        "validation": facts.data.validation_name,
        "test": run.spec.params["test_split"],
    }
    rows = [[use, names[use], count] for use, count in facts.data.rows().items()]
    return table(["used for", "split", "rows"], rows)


def training_table(run: Run, facts: CardFacts) -> str:
    """Return the parameters that shaped this run, as they were used."""
    used = {
        **run.spec.params,
        "learning_rate": f"{facts.learning_rate:g}",
        "max_length": facts.max_length,
        "seed": run.spec.seed,
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
    if run.spec.params["method"] != "lora":
        hidden |= {name for name in used if name.startswith("lora_")}
    shown = {name: value for name, value in used.items() if name not in hidden and value not in ("", [])}
    rows = [
        *shown.items(),
        ("precision", facts.precision),
        ("steps", facts.steps),
        ("best step", facts.best_step),
    ]
    hardware = (
        f"{run.hardware.name} ({run.hardware.cores} cores)"
        if run.hardware.device == "cpu"
        else run.hardware.name
    )
    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    return table(["parameter", "value"], [*rows, ("hardware", hardware), ("versions", libraries)])


def curve(history: list[dict[str, Any]]) -> str:
    """Return the validations as a table, thinned to CURVE_ROWS, each with the last training loss before it."""
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


def origin(run: Run, model: PinnedRepo, dataset: PinnedRepo) -> str:
    """Return the pinned commits and the job."""
    spec = run.spec
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
    return table(["what", "where", "commit"], rows)
