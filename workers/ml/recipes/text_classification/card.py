"""The model card of a fine-tuned classifier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from apps.toolchain.contracts import Note

from ...context import RecipeContext
from ...training import cards
from ...training.cards import table
from .training_data import TrainingData

NAMES = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "loss": "Loss"}
CURVE = {"eval_loss": "validation loss", "eval_accuracy": "accuracy", "eval_macro_f1": "macro F1"}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Facts about the training; scores are fractions of 1.

    history     the Trainer's log
    only_class  the class that the model gives all held-out texts, None if it gives several
    notes       what a reader should know
    """

    data: TrainingData
    history: list[dict[str, Any]]
    steps: int
    best_step: int
    validation: dict[str, float]
    test: dict[str, float]
    learning_rate: float
    precision: str
    max_length: int
    only_class: int | None = None
    notes: list[Note] = field(default_factory=list)


def write_card(context: RecipeContext, facts: CardFacts) -> None:
    """Write README.md into the output folder."""
    cards.write_card(context, front_matter(context, facts), sections(context, facts))


def front_matter(context: RecipeContext, facts: CardFacts) -> str:
    """Return the YAML of the card; license and language come from the base model."""
    model, dataset = context.spec.inputs["model"], context.spec.inputs["dataset"]
    scored = ((facts.validation, facts.data.validation_name), (facts.test, context.spec.params["test_split"]))
    card = ModelCardData(
        base_model=model.address,
        base_model_relation="adapter" if is_adapter(context) else "finetune",
        datasets=[dataset.address],
        library_name="peft" if is_adapter(context) else "transformers",
        pipeline_tag="text-classification",
        metrics=["accuracy", "f1"],
        model_name=context.spec.output.address.split("/")[-1] if context.spec.output else "model",
        eval_results=[result for scores, split in scored for result in results(context, scores, split)]
        or None,
        tags=["text-classification", *(["lora"] if context.spec.params["method"] == "lora" else [])],
        **cards.inherited(context),
    )
    return card.to_yaml()


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
    inputs = context.spec.inputs
    classes = ", ".join(f"`{label}`" for label in facts.data.labels)
    yield f"# {cards.title(context)}"
    yield (
        f"{cards.link(context, inputs['model'])}, fine-tuned to classify text on "
        f"{cards.link(context, inputs['dataset'])}. Classes: {classes}."
    )
    yield "## Results\n\n" + "\n\n".join([result_table(facts), *(f"- {note.words}" for note in facts.notes)])
    yield "## Usage\n\n" + usage(context, len(facts.data.labels))
    yield "## Data\n\n" + data_table(context, facts)
    yield "## Training\n\n" + training_table(context, facts)
    yield (
        "## Training curve\n\n"
        + cards.curve(facts.history, CURVE)
        + "\n\nAll points are in `training_log.jsonl`."
    )
    yield "## Provenance\n\n" + cards.provenance(context)


def result_table(facts: CardFacts) -> str:
    splits = {f"validation ({facts.data.validation_name})": facts.validation, "test": facts.test}
    rows = [
        [name, *(f"{scores[key]:.4f}" if key in scores else "–" for key in NAMES)]
        for name, scores in splits.items()
        if scores
    ]
    for name, scores in {"validation": facts.validation, "test": facts.test}.items():
        if scores:
            label, share = facts.data.baseline(name)
            rows.append([f"always `{label}` ({name})", f"{share:.4f}", *["–"] * (len(NAMES) - 1)])
    return table(["split", *NAMES.values()], rows)


def usage(context: RecipeContext, classes: int) -> str:
    address = context.spec.output.address if context.spec.output else "owner/name"
    one, pair = '"A text to classify."', '"A premise.", "A hypothesis."'
    is_pair = bool(context.spec.params["text_pair_column"])
    texts = '{"text": "A premise.", "text_pair": "A hypothesis."}' if is_pair else one
    load = [
        "from transformers import pipeline",
        "",
        f'classify = pipeline("text-classification", model="{address}")',
        f"classify({texts})",
    ]
    if is_adapter(context):
        load = [
            "from peft import AutoPeftModelForSequenceClassification as Model",
            "from transformers import AutoTokenizer",
            "",
            f'tokenizer = AutoTokenizer.from_pretrained("{address}")',
            f'model = Model.from_pretrained("{address}", num_labels={classes})',
            f'model(**tokenizer({pair if is_pair else one}, return_tensors="pt")).logits',
        ]
    start = ["```python", "import os", "", f'os.environ["HF_ENDPOINT"] = "{context.spec.hub_url}"', ""]
    return "\n".join([*start, *load, "```"])


def is_adapter(context: RecipeContext) -> bool:
    """Return whether the repository holds an adapter alone."""
    params = context.spec.params
    return bool(params["method"] == "lora" and params["lora_output"] == "adapter")


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
    used = {"learning_rate": f"{facts.learning_rate:g}", "max_length": facts.max_length}
    more = (("precision", facts.precision), ("steps", facts.steps), ("best step", facts.best_step))
    return cards.settings_table(context, used, more)
