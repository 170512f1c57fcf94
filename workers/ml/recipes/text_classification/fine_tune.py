"""Fine-tunes a text classifier, in full or with LoRA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peft import TaskType
from transformers import DataCollatorWithPadding, Trainer, set_seed

from ...context import RecipeContext
from ...training.arguments import check_steps
from ...training.checkpoints import last_complete
from ...training.devices import has_bf16, has_gpu
from ...training.loading import load_config, load_tokenizer, max_tokens, weights_dtype
from ...training.lora import add_lora
from ...training.output import write_log, write_model
from ...training.trainer import make_trainer, train
from .card import CardFacts, write_card
from .metrics import METRICS
from .models import load_base
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
    base = load_base(context, config, tokenizer, data.labels)
    model: Any = base.model
    if context.spec.params["method"] == "lora":
        model = add_lora(model, context.spec.params, TaskType.SEQ_CLS, whole=base.new)
    max_length = max_tokens(config, tokenizer, context.spec.params["max_length"])
    splits = tokenize_splits(context, data, tokenizer, max_length)
    trainer = make_trainer(context, model, DataCollatorWithPadding(tokenizer), splits, METRICS)
    train(trainer, context, last_complete(context.folder.checkpoints))
    facts = collect_facts(context, trainer, data, splits, max_length)
    context.events.progress(0, 0, "saving")
    dtype = weights_dtype(context.model_folder)
    write_model(trainer.model, tokenizer, context.folder.output, context.spec.inputs["model"], dtype=dtype)
    write_log(context.folder.output / "training_log.jsonl", facts.history)
    write_card(context, facts)
    context.events.log(summary(facts))


def log_plan(context: RecipeContext, data: TrainingData) -> None:
    """Log the data, the device and the precision, and warn of leaks."""
    rows = ", ".join(f"{count} {name}" for name, count in data.rows().items())
    context.events.log(f"Rows: {rows}. Classes: {', '.join(data.labels[:20])}.")
    for name, count in data.leaks().items():
        if count:
            line = f"{count} texts of the {name} split also occur in the training split."
            context.events.log(f"{line} Its scores will be too optimistic.", "warning")
    place = "a GPU" if has_gpu() else f"{context.hardware.cores} CPU cores"
    precision = "bfloat16" if has_bf16() else "float32"
    context.events.log(f"Training ({context.spec.params['method']}) on {place} in {precision}.")


def tokenize_splits(
    context: RecipeContext, data: TrainingData, tokenizer: Any, max_length: int
) -> dict[str, Any]:
    """Return each split as token ids."""
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    cache = context.folder.run / "cache" / "tokens"
    return {
        name: tokenize_split(split, tokenizer, max_length=max_length, cache=cache / f"{name}.arrow")
        for name, split in named.items()
        if split is not None
    }


def collect_facts(
    context: RecipeContext, trainer: Trainer, data: TrainingData, splits: dict[str, Any], max_length: int
) -> CardFacts:
    """Collect the facts for the card; a test split is scored here, once."""
    history = [entry for entry in trainer.state.log_history if "loss" in entry or "eval_loss" in entry]
    best = trainer.state.best_global_step or trainer.state.global_step
    validations = [entry for entry in history if entry["step"] == best and "eval_loss" in entry]
    test = trainer.evaluate(splits["test"], metric_key_prefix="test") if "test" in splits else {}
    return CardFacts(
        data=data,
        history=history,
        steps=trainer.state.global_step,
        best_step=best,
        validation=scores_of(validations[-1] if validations else {}, "eval"),
        test=scores_of(test, "test"),
        learning_rate=trainer.args.learning_rate,
        precision="bfloat16 autocast" if has_bf16() else "float32",
        max_length=max_length,
    )


def scores_of(entry: Mapping[str, float], prefix: str) -> dict[str, float]:
    names = ("loss", "accuracy", "macro_f1")
    return {name: entry[f"{prefix}_{name}"] for name in names if f"{prefix}_{name}" in entry}


def summary(facts: CardFacts) -> str:
    """Return the last line of the log."""
    scores = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in facts.validation.items())
    return f"Trained for {facts.steps} steps; best step {facts.best_step}: validation {scores}."
