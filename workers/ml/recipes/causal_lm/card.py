"""The model card of a language model that learned from texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huggingface_hub import ModelCardData

from apps.toolchain.contracts import Recipe
from apps.toolchain.contracts.chat_training import LOSS_GAIN

from ...context import RecipeContext
from ...training import cards
from ...training.chats.cards import entry, is_adapter, notes, shown, training_table
from ...training.chats.report import Outcome
from .texts import Blocks

CURVE = {"eval_loss": "validation loss", "eval_perplexity": "perplexity"}


def write_card(
    context: RecipeContext, recipe: Recipe, outcome: Outcome, blocks: Mapping[str, Blocks], length: int
) -> None:
    """Write README.md into the output folder. length: of the blocks in tokens"""

    def sections() -> Iterable[str]:
        yield f"# {cards.title(context)}"
        yield description(context)
        yield "\n\n".join(part for part in ("## Results", results(outcome, recipe), notes(outcome)) if part)
        yield "## Usage\n\n" + usage(context)
        yield "## Data\n\n" + data(outcome, blocks)
        yield "## Training\n\n" + training_table(context, outcome, {"max_length": length})
        yield (
            "## Training curve\n\n"
            + cards.curve(outcome.history, CURVE)
            + "\n\nAll points are in `training_log.jsonl`."
        )
        yield "## Provenance\n\n" + cards.provenance(context)

    cards.write_card(context, front_matter(context, recipe, outcome), sections())


def front_matter(context: RecipeContext, recipe: Recipe, outcome: Outcome) -> str:
    """Return the YAML of the card; license and language come from the base model if there is one."""
    model, dataset = context.spec.inputs.get("model"), context.spec.inputs["dataset"]
    has_adapter = model is not None and is_adapter(context)
    relation = {"base_model_relation": "adapter" if has_adapter else "finetune"}
    base = {"base_model": model.address, **relation, **cards.inherited(context)} if model else {}
    card = ModelCardData(
        datasets=[dataset.address],
        library_name="peft" if has_adapter else "transformers",
        pipeline_tag=recipe.pipeline_tag,
        model_name=cards.title(context),
        eval_results=[
            entry(context, score, outcome, recipe) for score in outcome.scores if score.name != LOSS_GAIN.name
        ],
        **base,
    )
    return str(card.to_yaml())


def description(context: RecipeContext) -> str:
    """Return one sentence about what was trained on what."""
    inputs = context.spec.inputs
    dataset = cards.link(context, inputs["dataset"])
    if "model" in inputs:
        return f"{cards.link(context, inputs['model'])}, trained further on the texts of {dataset}."
    return (
        f"A small language model, trained from scratch on the texts of {dataset}, with its own tokenizer. "
        "It continues texts; it follows no instructions."
    )


def results(outcome: Outcome, recipe: Recipe) -> str:
    """Return the scores, beside those of the base if there is one."""
    has_base = bool(outcome.baselines)
    rows = []
    for score in outcome.scores:
        base = outcome.score(score.name, score.split, is_base=True)
        split = f"{score.split} ({outcome.titles[score.split]})"
        before = [shown(base) if base else "–"] if has_base else []
        rows.append([split, recipe.metric(score.name).label, shown(score), *before, f"{score.n:,}"])
    head = ["split", "score", "this model", *(["base model"] if has_base else []), "blocks"]
    words = "In brackets: 95 % intervals over the blocks. Bits per byte compare models with other tokenizers."
    return f"{cards.table(head, rows)}\n\n{words}"


def usage(context: RecipeContext) -> str:
    """Return a program that lets the model continue a text."""
    address = context.spec.output.address if context.spec.output else "owner/name"
    lines = [
        "from transformers import pipeline",
        "",
        f'write = pipeline("text-generation", model="{address}")',
    ]
    if "model" in context.spec.inputs and is_adapter(context):
        lines = [
            "from peft import AutoPeftModelForCausalLM",
            "from transformers import AutoTokenizer, pipeline",
            "",
            f'tokenizer = AutoTokenizer.from_pretrained("{address}")',
            f'model = AutoPeftModelForCausalLM.from_pretrained("{address}")',
            'write = pipeline("text-generation", model=model, tokenizer=tokenizer)',
        ]
    start = ["```python", "import os", "", f'os.environ["HF_ENDPOINT"] = "{context.spec.hub_url}"', ""]
    end = ['print(write("Once upon a time", max_new_tokens=64)[0]["generated_text"])', "```"]
    return "\n".join([*start, *lines, *end])


def data(outcome: Outcome, blocks: Mapping[str, Blocks]) -> str:
    """Return the tokens of each split."""
    rows = [
        [use, outcome.titles[use], f"{one.tokens:,}", f"{len(one.rows):,}", f"{one.bytes_per_token:.2f}"]
        for use, one in blocks.items()
    ]
    return cards.table(["used for", "split", "tokens", "blocks", "bytes a token"], rows)
