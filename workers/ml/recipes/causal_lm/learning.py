"""Trains a language model on blocks of tokens, and measures what it learned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from transformers import EarlyStoppingCallback, PreTrainedTokenizerBase, PrinterCallback
from trl.trainer.sft_config import SFTConfig

from apps.toolchain.contracts import Score
from apps.toolchain.contracts.recipes.causal_lm import BITS_PER_BYTE, learning_rate

from ...context import RecipeContext
from ...training.arguments import check_steps, common_arguments
from ...training.callbacks import ProgressCallback
from ...training.chats.gains import RowLosses
from ...training.chats.report import Outcome, outcome_of, scores_of_split, split_scores
from ...training.checkpoints import last_complete
from ...training.results import DIGITS, log_notes
from ...training.trainer import train
from ..chat_sft.trainer import ChatCollator, ChatTrainer
from .texts import Blocks, Texts, cut_into_blocks

NAMES = {"eval_perplexity": "validation_perplexity", "eval_token_accuracy": "validation_token_accuracy"}


def cut_all(
    context: RecipeContext, texts: Texts, tokenizer: PreTrainedTokenizerBase, length: int
) -> dict[str, Blocks]:
    """Return each split as blocks, and log how many there are.

    raises  UserFault
    """
    log_notes(context, texts.notes)
    blocks = {
        name: cut_into_blocks(context, split, tokenizer, name, length) for name, split in texts.splits.items()
    }
    check_steps(context, len(blocks["train"].rows))
    rows = ", ".join(
        f"{count:,} {name} ({blocks[name].tokens:,} tokens)" for name, count in texts.rows().items()
    )
    context.events.log(f"Texts: {rows}.")
    return blocks


def make_trainer(
    context: RecipeContext, model: Any, tokenizer: PreTrainedTokenizerBase, blocks: Mapping[str, Blocks]
) -> ChatTrainer:
    params, rows = context.spec.params, blocks["train"].rows
    rate = learning_rate(params, model.num_parameters())
    arguments = SFTConfig(
        **common_arguments(context, len(rows), learning_rate=rate, best_metric="eval_loss"),
        lr_scheduler_type="cosine",
        greater_is_better=False,
        gradient_checkpointing=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
    )
    callbacks: list[Any] = [ProgressCallback(context, NAMES)]
    if patience := params["early_stopping_patience"]:
        callbacks.append(EarlyStoppingCallback(patience))
    trainer = ChatTrainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        eval_dataset=blocks["validation"].rows,
        processing_class=tokenizer,
        data_collator=ChatCollator(tokenizer.pad_token_id),
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def train_and_score(
    context: RecipeContext, trainer: ChatTrainer, blocks: Mapping[str, Blocks], *, has_base: bool
) -> Outcome:
    """Train, and score the best model on the held-out texts; a base is scored before.

    raises  Interruption, UserFault
    """
    held_out = {name: one for name, one in blocks.items() if name != "train"}
    before = {name: score(trainer, name, one, is_base=True) for name, one in held_out.items()}
    train(trainer, context, last_complete(context.folder.checkpoints))
    context.events.progress(0, 0, "scoring")
    after = {name: score(trainer, name, one) for name, one in held_out.items()}
    outcome = outcome_of(context, trainer, [])
    for name, one in held_out.items():
        if has_base:
            scores_of_split(outcome, name, before[name], after[name])
            outcome.baselines += bits_of(outcome.baselines, name, one)
        else:
            outcome.scores += split_scores(after[name], name, context.spec.seed)
        outcome.scores += bits_of(outcome.scores, name, one)
    log_notes(context, outcome.notes)
    return outcome


def score(trainer: ChatTrainer, name: str, blocks: Blocks, *, is_base: bool = False) -> RowLosses:
    """Return the losses of a split's blocks. Those of the validation before are step 0 of the charts."""
    prefix = "eval" if is_base and name == "validation" else f"held_out_{name}"
    trainer.evaluate(blocks.rows, metric_key_prefix=prefix)
    return trainer.scored


def bits_of(scores: list[Score], split: str, blocks: Blocks) -> list[Score]:
    """Return bits per byte: the loss of a token over the bytes that a token of these texts has."""
    (loss,) = (one for one in scores if (one.name, one.split) == ("held_out_loss", split))
    each = math.log(2) * blocks.bytes_per_token
    value, low, high = (
        None if one is None else round(one / each, DIGITS) for one in (loss.value, loss.low, loss.high)
    )
    return [replace(loss, name=BITS_PER_BYTE.name, value=value or 0.0, low=low, high=high)]
