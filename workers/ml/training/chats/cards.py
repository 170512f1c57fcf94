"""Parts of the cards of chat models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from apps.toolchain.contracts import Recipe, Score
from apps.toolchain.contracts.chat_training import LOSS_GAIN

from ...context import RecipeContext
from .. import cards
from ..cards import table
from .data import ChatData
from .report import Outcome

CELL_LIMIT = 400
EMPTY = "*nothing*"
TAGS_OF_LORA = ("lora",)


def is_adapter(context: RecipeContext) -> bool:
    """Return whether the repository holds an adapter alone."""
    params = context.spec.params
    return bool(params["method"] == "lora" and params["lora_output"] == "adapter")


def front_matter(context: RecipeContext, outcome: Outcome, recipe: Recipe, tags: Sequence[str]) -> str:
    """Return the YAML of the card; license and language come from the base model."""
    model, dataset = context.spec.inputs["model"], context.spec.inputs["dataset"]
    card = ModelCardData(
        base_model=model.address,
        base_model_relation="adapter" if is_adapter(context) else "finetune",
        datasets=[dataset.address],
        library_name="peft" if is_adapter(context) else "transformers",
        pipeline_tag=recipe.pipeline_tag,
        model_name=cards.title(context),
        eval_results=[
            entry(context, score, outcome, recipe) for score in outcome.scores if score.name != LOSS_GAIN.name
        ]
        or None,
        tags=["conversational", *tags, *(TAGS_OF_LORA if context.spec.params["method"] == "lora" else ())],
        **cards.inherited(context),
    )
    return card.to_yaml()


def entry(context: RecipeContext, score: Score, outcome: Outcome, recipe: Recipe) -> EvalResult:
    """Return a score as an entry of the card's model-index."""
    dataset = context.spec.inputs["dataset"]
    return EvalResult(
        task_type=recipe.pipeline_tag,
        dataset_type=dataset.address,
        dataset_name=dataset.address.split("/")[-1],
        dataset_split=outcome.titles[score.split],
        dataset_revision=dataset.commit,
        metric_type=score.name,
        metric_name=recipe.metric(score.name).label,
        metric_value=round(score.value, 4),
    )


def result_table(outcome: Outcome, recipe: Recipe) -> str:
    """Return the scores of the model beside those of its base, split by split."""
    rows = []
    for score in outcome.scores:
        base = outcome.score(score.name, score.split, is_base=True)
        n = f"{score.n:,}" if score.n is not None else "–"
        label = recipe.metric(score.name).label
        rows.append(
            [
                f"{score.split} ({outcome.titles[score.split]})",
                label,
                shown(score),
                shown(base) if base else "–",
                n,
            ]
        )
    head = ["split", "score", "this model", "base model", "rows"]
    return table(head, rows) + "\n\nIn brackets: 95 % intervals over the rows."


def shown(score: Score) -> str:
    bounds = (
        f" [{score.low:.4g}, {score.high:.4g}]" if score.low is not None and score.high is not None else ""
    )
    return f"{score.value:.4g}{bounds}"


def notes(outcome: Outcome) -> str:
    return "\n".join(f"- {note.words}" for note in outcome.notes)


def sample_table(outcome: Outcome) -> str:
    """Return the answers of the base and of the best step side by side."""
    rows = [[cell(text) for text in row] for row in outcome.side_by_side()]
    if not rows:
        return ""
    words = "Held-out questions, the answers of the dataset, and those of the base and of this model."
    return f"{words}\n\n" + table(["question", "expected", "base model", "this model"], rows)


def cell(text: str) -> str:
    """Return other people's text for a cell of a table: nothing in it is Markdown or HTML."""
    one = " ".join(text.split())
    one = one if len(one) <= CELL_LIMIT else f"{one[:CELL_LIMIT]}…"
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|~&" else letter for letter in one) or EMPTY


def usage(context: RecipeContext, question: str) -> str:
    """Return a program that asks the model a question."""
    address = context.spec.output.address if context.spec.output else "owner/name"
    question = repr(question)
    load = [
        "from transformers import pipeline",
        "",
        f'chat = pipeline("text-generation", model="{address}")',
        f'answer = chat([{{"role": "user", "content": {question}}}], max_new_tokens=256)',
        'print(answer[0]["generated_text"][-1]["content"])',
    ]
    if is_adapter(context):
        load = [
            "from peft import AutoPeftModelForCausalLM",
            "from transformers import AutoTokenizer, pipeline",
            "",
            f'tokenizer = AutoTokenizer.from_pretrained("{address}")',
            f'model = AutoPeftModelForCausalLM.from_pretrained("{address}")',
            'chat = pipeline("text-generation", model=model, tokenizer=tokenizer)',
            f'answer = chat([{{"role": "user", "content": {question}}}], max_new_tokens=256)',
            'print(answer[0]["generated_text"][-1]["content"])',
        ]
    start = ["```python", "import os", "", f'os.environ["HF_ENDPOINT"] = "{context.spec.hub_url}"', ""]
    return "\n".join([*start, *load, "```"])


def data_table(data: ChatData, learned: Mapping[str, int]) -> str:
    """Return the rows of each split. learned: tokens that are learned or scored, by split"""
    rows = [
        [use, data.names[use], f"{count:,}", f"{learned[use]:,}" if use in learned else "–"]
        for use, count in data.rows().items()
    ]
    return table(["used for", "split", "rows", "tokens of answers"], rows)


def training_table(context: RecipeContext, outcome: Outcome, used: Mapping[str, object]) -> str:
    """Return the parameters of this run with the values that were used."""
    more = (
        ("precision", outcome.precision),
        ("parameters", f"{outcome.parameters:,}"),
        ("steps", outcome.steps),
        ("best step", outcome.best_step),
    )
    return cards.settings_table(context, {"learning_rate": f"{outcome.learning_rate:g}", **used}, more)


def write_card(
    context: RecipeContext,
    outcome: Outcome,
    recipe: Recipe,
    *,
    tags: Sequence[str],
    what: str,
    data: str,
    curve: Mapping[str, str],
    how: str = "",
    used: Mapping[str, Any],
) -> None:
    """Write README.md into the output folder.

    what   one sentence about what was done with which data
    data   the section about the data
    curve  names in the Trainer's log of what validations measure, and their heads
    how    what a reader should know of the method
    """

    def sections() -> Iterable[str]:
        yield f"# {cards.title(context)}"
        yield what
        yield "\n\n".join(
            part for part in ("## Results", result_table(outcome, recipe), notes(outcome)) if part
        )
        if answers := sample_table(outcome):
            yield f"## Sample answers\n\n{answers}\n\nAll of them, by step, are in `samples.jsonl`."
        yield "## Usage\n\n" + usage(context, "What can you do?")
        yield "## Data\n\n" + data
        yield "\n\n".join(
            part for part in ("## Training", how, training_table(context, outcome, used)) if part
        )
        yield (
            "## Training curve\n\n"
            + cards.curve(outcome.history, curve)
            + "\n\nAll points are in `training_log.jsonl`."
        )
        yield "## Provenance\n\n" + cards.provenance(context)

    cards.write_card(context, front_matter(context, outcome, recipe, tags), sections())
