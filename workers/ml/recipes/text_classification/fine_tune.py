"""Fine-tunes a text classifier, in full or with LoRA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peft import TaskType
from transformers import DataCollatorWithPadding, Trainer, set_seed

from apps.toolchain.contracts import Note, NoteCode

from ...context import RecipeContext
from ...training.arguments import check_steps
from ...training.checkpoints import last_complete
from ...training.devices import has_gpu, uses_bf16
from ...training.loading import load_config, load_tokenizer, max_tokens, weights_dtype
from ...training.lora import add_lora
from ...training.output import rewrite, write_log, write_model
from ...training.results import log_notes, write_training_result
from ...training.trainer import make_trainer, stopped_at_cap, train
from .card import CardFacts, write_card
from .losses import training_loss
from .metrics import METRICS, ONLY_CLASS, SEVERAL
from .models import load_base
from .report import poor_model, training_result
from .training_data import TrainingData, read_training_data, tokenize_split


def run(context: RecipeContext) -> None:
    """Train on the pinned dataset and write the model, its card and its log to the output folder.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    data = read_training_data(context)
    check_steps(context, len(data.train))
    log_plan(context, data)
    loaded = load_base(context, config, tokenizer, data.labels)
    model: Any = loaded.model
    if context.spec.params["method"] == "lora":
        model = add_lora(model, context.spec.params, TaskType.SEQ_CLS, whole=loaded.new)
    max_length = max_tokens(config, tokenizer, context.spec.params["max_length"], context.model_folder)
    splits, truncated = tokenize_splits(context, data, tokenizer, max_length)
    notes = [*data.notes(), *truncated]
    log_notes(context, notes)
    loss = training_loss(context.spec.params, data.class_counts("train"))
    trainer = make_trainer(context, model, DataCollatorWithPadding(tokenizer), splits, METRICS, loss=loss)
    train(trainer, context, last_complete(context.folder.checkpoints))
    facts = collect_facts(context, trainer, data, splits, max_length)
    found = [*stopped_at_cap(trainer), *poor_model(facts)]
    log_notes(context, found)
    facts.notes.extend([*notes, *found])
    if not context.is_main:
        return
    context.events.progress(0, 0, "saving")
    dtype = weights_dtype(context.model_folder)
    parts = context.spec.params["lora_output"]
    output, base = context.folder.output, context.spec.inputs["model"]
    write_model(trainer.model, tokenizer, output, base, dtype=dtype, parts=parts)
    rewrite(output / "tokenizer_config.json", lambda known: {**known, "max_length": max_length})
    write_log(output / "training_log.jsonl", facts.history)
    write_card(context, facts)
    write_training_result(context, training_result(context, facts))
    context.events.log(summary(facts))


def log_plan(context: RecipeContext, data: TrainingData) -> None:
    """Log the data, the device and the precision."""
    rows = ", ".join(f"{count} {name}" for name, count in data.rows().items())
    context.events.log(f"Rows: {rows}. Classes: {', '.join(data.labels[:20])}.")
    place = "a GPU" if has_gpu() else f"{context.hardware.cores} CPU cores"
    precision = "bfloat16" if uses_bf16(context.spec.params) else "float32"
    context.events.log(f"Training ({context.spec.params['method']}) on {place} in {precision}.")


def tokenize_splits(
    context: RecipeContext, data: TrainingData, tokenizer: Any, max_length: int
) -> tuple[dict[str, Any], list[Note]]:
    """Return each split as token ids, and a note if texts of the training split were truncated."""
    cache = context.folder.cache / "tokens"
    found, cut = {}, {}
    for name, split in {"train": data.train, **data.held_out()}.items():
        found[name], cut[name] = tokenize_split(
            split, tokenizer, max_length=max_length, cache=cache / f"{name}.arrow"
        )
    values = {"count": cut["train"], "total": len(data.train), "tokens": max_length}
    return found, [Note(NoteCode.TRUNCATED, values)] if cut["train"] else []


def collect_facts(
    context: RecipeContext, trainer: Trainer, data: TrainingData, splits: dict[str, Any], max_length: int
) -> CardFacts:
    """Collect the facts for the card; a test split is scored here, once."""
    history = [entry for entry in trainer.state.log_history if "loss" in entry or "eval_loss" in entry]
    best = trainer.state.best_global_step or trainer.state.global_step
    validations = [entry for entry in history if entry["step"] == best and "eval_loss" in entry] or [{}]
    test = trainer.evaluate(splits["test"], metric_key_prefix="test") if "test" in splits else {}
    return CardFacts(
        data=data,
        history=history,
        steps=trainer.state.global_step,
        best_step=best,
        validation=scores_of(validations[-1], "eval"),
        test=scores_of(test, "test"),
        learning_rate=trainer.args.learning_rate,
        precision="bfloat16 autocast" if uses_bf16(context.spec.params) else "float32",
        max_length=max_length,
        only_class=only_class(test, "test") if test else only_class(validations[-1], "eval"),
    )


def scores_of(entry: Mapping[str, float], prefix: str) -> dict[str, float]:
    names = ("loss", "accuracy", "macro_f1")
    return {name: entry[f"{prefix}_{name}"] for name in names if f"{prefix}_{name}" in entry}


def only_class(entry: Mapping[str, float], prefix: str) -> int | None:
    """Return the class that the model gave all texts, None if it gave several."""
    number = int(entry.get(f"{prefix}_{ONLY_CLASS}", SEVERAL))
    return None if number == SEVERAL else number


def summary(facts: CardFacts) -> str:
    """Return the last line of the log."""
    scores = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in facts.validation.items())
    return f"Trained for {facts.steps} steps; best step {facts.best_step}: validation {scores}."
