"""A hand-written training script: the Trainer of transformers on local files, without this site.

usage  python -m tests.tools.bench.by_hand MODEL_FOLDER DATASET_FOLDER OUTPUT_FOLDER STEPS; prints JSON
"""

from __future__ import annotations

import time

STARTED = time.time()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from datasets import load_dataset  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)


class Clock(TrainerCallback):
    """Records when each step was logged."""

    def __init__(self) -> None:
        self.times: dict[int, float] = {}

    def on_log(self, args, state, control, logs=None, **_):
        if logs and "loss" in logs:
            self.times[state.global_step] = time.time()


def main() -> None:
    model_folder, data_folder, output, steps = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    files = {name: f"{data_folder}/{name}.csv" for name in ("train", "validation")}
    data = load_dataset("csv", data_files=files, cache_dir=f"{output}/cache")
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    labels = sorted(set(data["train"]["label"]))

    def encode(rows):
        return {
            **tokenizer(rows["text"], truncation=True, max_length=64),
            "labels": [labels.index(label) for label in rows["label"]],
        }

    data = data.map(encode, batched=True, remove_columns=data["train"].column_names)
    model = AutoModelForSequenceClassification.from_pretrained(model_folder, num_labels=len(labels))
    clock = Clock()
    flags = Path("/proc/cpuinfo").read_text() if not torch.cuda.is_available() else ""
    arguments = TrainingArguments(
        output_dir=output,
        max_steps=steps,
        per_device_train_batch_size=16,
        per_device_eval_batch_size=32,
        learning_rate=1e-4,
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=steps // 2,
        save_steps=steps // 2,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_accuracy",
        logging_steps=1,
        bf16=torch.cuda.is_available() or "avx512_bf16" in flags or "amx_bf16" in flags,
        use_cpu=not torch.cuda.is_available(),
        seed=42,
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
        report_to=[],
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=lambda outcome: {
            "accuracy": float((np.argmax(outcome.predictions, -1) == outcome.label_ids).mean())
        },
        callbacks=[clock],
    )
    trainer.train()
    print(json.dumps({"started": STARTED, "steps": clock.times}))


if __name__ == "__main__":
    main()
