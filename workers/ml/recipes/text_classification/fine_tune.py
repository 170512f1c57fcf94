"""Fine-tune a model to classify text, whole or by LoRA."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import Trainer, set_seed

from ...run import Run
from ..checkpoints import last_complete
from ..devices import has_bf16, has_gpu
from .card import CardFacts, write_card
from .models import load_classifier, load_config, load_tokenizer, longest_text
from .output import write_model
from .training import adapted, check_steps, make_trainer, train
from .training_data import TrainingData, read_training_data, tokenised


def run(run: Run) -> None:
    """Train on the pinned dataset and leave the model, its card and its log in the output folder.

    raises  YourFault, Stopped
    """
    set_seed(run.spec.seed)
    run.voice.progress(0, 0, "reading")
    config, tokenizer = load_config(run.model_folder), load_tokenizer(run.model_folder)
    data = read_training_data(run)
    check_steps(run, len(data.train))
    announce(run, data)
    model: Any = load_classifier(run.model_folder, tokenizer, data.labels)
    if run.spec.params["method"] == "lora":
        model = adapted(model, dict(run.spec.params), run.spec.seed)
    max_length = longest_text(config, tokenizer, run.spec.params["max_length"])
    splits = tokenise(run, data, tokenizer, max_length)
    trainer = make_trainer(run, model, tokenizer, splits["train"], splits["validation"])
    train(trainer, run, last_complete(run.folder.checkpoints))
    facts = gather(run, trainer, data, splits, max_length)
    run.voice.progress(0, 0, "saving")
    write_model(trainer.model, tokenizer, run.folder.output, run.spec.inputs["model"])
    write_log(run.folder.output / "training_log.jsonl", facts.history)
    write_card(run, facts)
    run.voice.line(summary(facts))


def announce(run: Run, data: TrainingData) -> None:
    """Say what is going to happen."""
    rows = ", ".join(f"{count} {name}" for name, count in data.rows().items())
    run.voice.line(f"Rows: {rows}. Classes: {', '.join(data.labels[:20])}.")
    for name, count in data.leaks().items():
        if count:
            run.voice.line(
                f"{count} texts of the {name} split are in the training split too; its scores flatter the model.",
                "warning",
            )
    place = "a GPU" if has_gpu() else f"{run.hardware.cores} CPU cores"
    run.voice.line(
        f"Training ({run.spec.params['method']}) on {place} in {'bfloat16' if has_bf16() else 'float32'}."
    )


def tokenise(run: Run, data: TrainingData, tokenizer: Any, max_length: int) -> dict[str, Any]:
    """Return each split as token ids."""
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    cache = run.folder.run / "cache" / "tokens"
    return {
        name: tokenised(split, tokenizer, max_length=max_length, cache=cache / f"{name}.arrow")
        for name, split in named.items()
        if split is not None
    }


def gather(
    run: Run, trainer: Trainer, data: TrainingData, splits: dict[str, Any], max_length: int
) -> CardFacts:
    """Collect what the card tells; a test split is scored here, once."""
    history = [entry for entry in trainer.state.log_history if "loss" in entry or "eval_loss" in entry]
    best = trainer.state.best_global_step or trainer.state.global_step
    validation = next(
        (entry for entry in reversed(history) if entry["step"] == best and "eval_loss" in entry), {}
    )
    test = trainer.evaluate(splits["test"], metric_key_prefix="test") if "test" in splits else {}
    return CardFacts(
        data=data,
        history=history,
        steps=trainer.state.global_step,
        best_step=best,
        validation={
            name: validation[f"eval_{name}"]
            for name in ("loss", "accuracy", "macro_f1")
            if f"eval_{name}" in validation
        },
        test={
            name: test[f"test_{name}"] for name in ("loss", "accuracy", "macro_f1") if f"test_{name}" in test
        },
        learning_rate=trainer.args.learning_rate,
        precision="bfloat16 autocast" if has_bf16() else "float32",
        max_length=max_length,
    )


def write_log(file: Path, history: list[dict[str, Any]]) -> None:
    """Write the numbers of each logged step as JSON lines."""
    times = ("eval_runtime", "eval_samples_per_second", "eval_steps_per_second")
    lines = ({name: value for name, value in entry.items() if name not in times} for entry in history)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def summary(facts: CardFacts) -> str:
    """Return the last line of the log."""
    scores = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in facts.validation.items())
    return f"Trained {facts.steps} steps; the best is step {facts.best_step}: validation {scores}."
