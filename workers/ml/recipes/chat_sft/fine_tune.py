"""Fine-tunes a language model on chats, in full or with LoRA."""

from __future__ import annotations

from typing import Any

from datasets import Dataset
from peft import TaskType
from transformers import EarlyStoppingCallback, PreTrainedTokenizerBase, PrinterCallback, set_seed
from trl.data_utils import pack_dataset
from trl.trainer.sft_config import SFTConfig

from apps.toolchain.contracts.recipes.chat_sft import FINE_TUNE, learning_rate

from ...context import RecipeContext
from ...training.arguments import check_steps, common_arguments
from ...training.callbacks import ProgressCallback
from ...training.chats.data import cache_folder, describe_rows, read_chats
from ...training.chats.models import load_base, place_of_training
from ...training.chats.output import write_chat_model
from ...training.chats.report import Outcome, outcome_of, scores_of_split
from ...training.chats.samples import SampleCallback, choose_questions, end_tokens, question_limit
from ...training.chats.templates import ChatTemplate, ending_chat
from ...training.chats.tokens import TokenizedChats, tokenize
from ...training.checkpoints import last_complete
from ...training.language_models import context_tokens
from ...training.loading import load_config, load_tokenizer, max_tokens
from ...training.lora import add_lora
from ...training.output import write_log
from ...training.results import log_notes
from ...training.trainer import train
from .card import write_card
from .packing import check_packing
from .trainer import ChatCollator, ChatTrainer

NAMES = {"eval_perplexity": "validation_perplexity", "eval_token_accuracy": "validation_token_accuracy"}


def run(context: RecipeContext) -> None:
    """Train on the pinned chats and write the model, its card, its log and its samples.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    params = context.spec.params
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    data = read_chats(context)
    template = ChatTemplate(tokenizer)
    max_length = max_tokens(config, tokenizer, params["max_length"], context.model_folder)
    chats = tokenize(context, data, template, max_length=max_length)
    notes = [*data.notes, *chats.notes]
    log_notes(context, notes)
    if params["packing"]:
        chats.splits["train"] = packed(context, chats.splits["train"], max_length)
    rows = len(chats.splits["train"])
    check_steps(context, rows)
    context.events.log(f"Rows: {describe_rows(data)}. Tokens to learn: {chats.cuts['train'].learned:,}.")
    context.events.log(place_of_training(context))
    base = load_base(context, config, tokenizer)
    model: Any = (
        add_lora(base.model, params, TaskType.CAUSAL_LM) if params["method"] == "lora" else base.model
    )
    longest = question_limit(
        max_length, params["sample_tokens"], context_tokens(config, tokenizer, context.model_folder)
    )
    questions = choose_questions(
        data.validation, template, count=params["samples"], longest=longest, seed=context.spec.seed
    )
    ends = end_tokens(base.model, tokenizer, ending_chat(chats.splits["validation"]))
    samples = SampleCallback(context, template, questions, ends)
    trainer = make_trainer(context, model, tokenizer, chats, samples)
    if params["packing"]:
        check_packing(trainer, chats.splits["validation"])
    outcome = train_and_score(context, trainer, chats, samples)
    outcome.parameters, outcome.titles, outcome.notes = (
        base.parameters,
        dict(data.names),
        [*notes, *outcome.notes],
    )
    if not context.is_main:
        return
    context.events.progress(0, 0, "saving")
    write_chat_model(context, trainer.model, tokenizer, ends=ends, max_length=max_length)
    samples.write_file(context.folder.output / "samples.jsonl")
    write_log(context.folder.output / "training_log.jsonl", outcome.history)
    outcome.write(FINE_TUNE)
    write_card(context, outcome, data, chats)
    context.events.log(outcome.summary())


def packed(context: RecipeContext, split: Dataset, max_length: int) -> Dataset:
    """Return several rows in each sequence."""
    context.events.progress(0, 0, "packing")
    cache = str(cache_folder(context) / "packed.arrow")
    return pack_dataset(split, max_length, "bfd", {"cache_file_name": cache, "load_from_cache_file": False})


def make_trainer(
    context: RecipeContext,
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    chats: TokenizedChats,
    samples: SampleCallback,
) -> ChatTrainer:
    params = context.spec.params
    rows = len(chats.splits["train"])
    rate = learning_rate(params, model.num_parameters())
    common = common_arguments(context, rows, learning_rate=rate, best_metric="eval_loss")
    arguments = SFTConfig(
        **common,
        lr_scheduler_type="cosine",
        greater_is_better=False,
        gradient_checkpointing=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
    )
    callbacks = [samples, ProgressCallback(context, NAMES)]
    if patience := params["early_stopping_patience"]:
        callbacks.append(EarlyStoppingCallback(patience))
    trainer = ChatTrainer(
        model=model,
        args=arguments,
        train_dataset=chats.splits["train"],
        eval_dataset=chats.splits["validation"],
        processing_class=tokenizer,
        data_collator=ChatCollator(tokenizer.pad_token_id),
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def train_and_score(
    context: RecipeContext,
    trainer: ChatTrainer,
    chats: TokenizedChats,
    samples: SampleCallback,
) -> Outcome:
    """Score the base, train, and score the best model on the same rows."""
    checkpoint = last_complete(context.folder.checkpoints)
    samples.resume(checkpoint)
    held_out = {name: split for name, split in chats.splits.items() if name != "train"}
    before = {name: score(trainer, name, split, is_base=True) for name, split in held_out.items()}
    train(trainer, context, checkpoint)
    context.events.progress(0, 0, "scoring")
    after = {name: score(trainer, name, split) for name, split in held_out.items()}
    outcome = outcome_of(context, trainer, samples.samples)
    for name in held_out:
        scores_of_split(outcome, name, before[name], after[name])
    log_notes(context, outcome.notes)
    return outcome


def score(trainer: ChatTrainer, name: str, split: Dataset, *, is_base: bool = False) -> Any:
    """Return the losses of a split's rows. The base's validation stands at step 0 of the charts."""
    prefix = "eval" if is_base and name == "validation" else f"held_out_{name}"
    trainer.evaluate(split, metric_key_prefix=prefix)
    return trainer.scored
