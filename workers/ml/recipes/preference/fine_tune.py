"""Tunes a language model on better and worse answers, in full or with LoRA."""

from __future__ import annotations

from typing import Any

from peft import TaskType
from transformers import EarlyStoppingCallback, PreTrainedTokenizerBase, PrinterCallback, set_seed
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from apps.toolchain.contracts.recipes.preference import FINE_TUNE, learning_rate

from ...context import RecipeContext
from ...describe import reason
from ...faults import UserFault
from ...training.arguments import check_steps, common_arguments
from ...training.callbacks import ProgressCallback
from ...training.chats.data import describe_rows, read_chats
from ...training.chats.models import load_base, place_of_training
from ...training.chats.output import write_chat_model
from ...training.chats.report import Outcome, outcome_of
from ...training.chats.samples import SampleCallback, choose_questions, end_tokens, question_limit
from ...training.chats.templates import ChatTemplate, ending_chat
from ...training.checkpoints import last_complete
from ...training.language_models import context_tokens
from ...training.loading import load_config, load_tokenizer, max_tokens
from ...training.lora import lora_config
from ...training.output import write_log
from ...training.results import log_notes
from ...training.trainer import train
from .card import write_card
from .pairs import FOR_TRAINER, Pairs, PairScores, read_pairs, score_pairs
from .report import scores_of_split

NAMES = {
    "eval_rewards/accuracies": "validation_reward_accuracy",
    "eval_rewards/margins": "validation_reward_margin",
}


class PreferenceTrainer(DPOTrainer):
    """Writes no card of its own."""

    def create_model_card(self, *args: Any, **options: Any) -> None:
        return None


def run(context: RecipeContext) -> None:
    """Train on the pinned preferences and write the model, its card, its log and its samples.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    params = context.spec.params
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    data = read_chats(context)
    template = ChatTemplate(tokenizer)
    max_length = max_tokens(config, tokenizer, params["max_length"], context.model_folder)
    pairs = read_pairs(context, data, template, max_length=max_length)
    notes = [*data.notes, *pairs.notes]
    log_notes(context, notes)
    check_steps(context, len(pairs.splits["train"]))
    context.events.log(f"Rows: {describe_rows(data)}.")
    context.events.log(place_of_training(context))
    base = load_base(context, config, tokenizer, references=1)
    longest = question_limit(
        max_length, params["sample_tokens"], context_tokens(config, tokenizer, context.model_folder)
    )
    questions = choose_questions(
        data.validation, template, count=params["samples"], longest=longest, seed=context.spec.seed
    )
    ends = end_tokens(base.model, tokenizer, ending_chat(pairs.splits["validation"]["better"]))
    samples = SampleCallback(context, template, questions, ends)
    trainer = make_trainer(context, base.model, tokenizer, pairs, samples, max_length=max_length)
    outcome = train_and_score(context, trainer, pairs, samples, tokenizer)
    outcome.parameters, outcome.titles = base.parameters, dict(data.names)
    outcome.notes = [*notes, *outcome.notes]
    context.events.progress(0, 0, "saving")
    write_chat_model(context, trainer.model, tokenizer, ends=ends, max_length=max_length)
    samples.write_file(context.folder.output / "samples.jsonl")
    write_log(context.folder.output / "training_log.jsonl", outcome.history)
    outcome.write(FINE_TUNE)
    write_card(context, outcome, data, pairs)
    context.events.log(outcome.summary())


def make_trainer(
    context: RecipeContext,
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Pairs,
    samples: SampleCallback,
    *,
    max_length: int,
) -> PreferenceTrainer:
    """Return the trainer of a run; in full, a second copy of the base is its reference.

    raises  UserFault if the LoRA targets do not exist in the model
    """
    params = context.spec.params
    is_lora = params["method"] == "lora"
    splits = {name: split.select_columns(FOR_TRAINER) for name, split in pairs.splits.items()}
    rate = learning_rate(params, model.num_parameters())
    common = common_arguments(context, len(splits["train"]), learning_rate=rate, best_metric="eval_loss")
    common["per_device_eval_batch_size"] = equal_batches(len(splits["validation"]), 2 * params["batch_size"])
    arguments = DPOConfig(
        **common,
        lr_scheduler_type="cosine",
        greater_is_better=False,
        gradient_checkpointing=False,
        max_length=max_length,
        beta=params["beta"],
        label_smoothing=params["label_smoothing"],
        loss_type=["robust" if params["label_smoothing"] else "sigmoid"],
    )
    callbacks = [samples, ProgressCallback(context, NAMES)]
    if patience := params["early_stopping_patience"]:
        callbacks.append(EarlyStoppingCallback(patience))
    try:
        trainer = PreferenceTrainer(
            model=model,
            ref_model=None if is_lora else reference_of(context, tokenizer),
            args=arguments,
            train_dataset=splits["train"],
            eval_dataset=splits["validation"],
            processing_class=tokenizer,
            peft_config=lora_config(params, TaskType.CAUSAL_LM) if is_lora else None,
            callbacks=callbacks,
        )
    except ValueError as error:
        if not is_lora:
            raise
        message = f"The LoRA target modules do not fit this model: {reason(error)}"
        raise UserFault("lora_targets", message) from error
    trainer.remove_callback(PrinterCallback)
    return trainer


def reference_of(context: RecipeContext, tokenizer: PreTrainedTokenizerBase) -> Any:
    """Return the base once more, to hold the trained model to it."""
    config = load_config(context.model_folder)
    model: Any = load_base(context, config, tokenizer, references=1).model
    return model.eval().requires_grad_(False)


def equal_batches(rows: int, limit: int) -> int:
    """Return the largest size up to the limit that splits the rows evenly.

    The trainer averages over batches, whatever their sizes.
    """
    return next(size for size in range(min(rows, limit), 0, -1) if rows % size == 0)


def train_and_score(
    context: RecipeContext,
    trainer: PreferenceTrainer,
    pairs: Pairs,
    samples: SampleCallback,
    tokenizer: PreTrainedTokenizerBase,
) -> Outcome:
    """Score the base, train, and score the best model on the same rows."""
    checkpoint = last_complete(context.folder.checkpoints)
    samples.resume(checkpoint)
    held_out = {name: split for name, split in pairs.splits.items() if name != "train"}

    def scores() -> dict[str, PairScores]:
        size, pad = context.spec.params["batch_size"], tokenizer.pad_token_id
        return {
            name: score_pairs(context, trainer.model, split, pad=pad, batch_size=size)
            for name, split in held_out.items()
        }

    before = scores()
    trainer.evaluate()
    train(trainer, context, checkpoint)
    after = scores()
    outcome = outcome_of(context, trainer, samples.samples)
    for name in held_out:
        scores_of_split(outcome, name, before[name], after[name])
    log_notes(context, outcome.notes)
    return outcome
