"""Trains a small language model from scratch, with a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

from apps.toolchain.contracts.recipes.causal_lm import PRETRAIN

from ...context import RecipeContext
from ...training.devices import has_bf16, has_gpu
from ...training.loading import check_size
from ...training.output import write_log, write_model
from ...training.weights import TRAINING_COPIES
from .card import write_card
from .learning import cut_all, make_trainer, train_and_score
from .texts import read_texts

END, PADDING = "<|end|>", "<|pad|>"
# of the width of a layer, as in Llama
INNER = 8 / 3
TEXTS_AT_ONCE = 500


def run(context: RecipeContext) -> None:
    """Learn a tokenizer, train, and write the model, its card and its log to the output folder.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    params, output = context.spec.params, context.folder.output
    texts = read_texts(context)
    tokenizer = learn_tokenizer(context, texts.splits["train"])
    blocks = cut_all(context, texts, tokenizer, params["max_length"])
    model = new_model(context, tokenizer)
    place = "a GPU" if has_gpu() else f"{context.hardware.cores} CPU cores"
    precision = "bfloat16" if has_bf16() else "float32"
    context.events.log(f"Training {model.num_parameters():,} weights on {place} in {precision}.")
    trainer = make_trainer(context, model, tokenizer, blocks)
    outcome = train_and_score(context, trainer, blocks, has_base=False)
    outcome.parameters, outcome.titles = model.num_parameters(), texts.titles
    outcome.notes[:0] = texts.notes
    context.events.progress(0, 0, "saving")
    write_model(trainer.model, tokenizer, output, context.spec.inputs["dataset"], dtype=torch.float32)
    write_log(output / "training_log.jsonl", outcome.history)
    outcome.write(PRETRAIN)
    write_card(context, PRETRAIN, outcome, blocks, params["max_length"])
    context.events.log(outcome.summary())


def learn_tokenizer(context: RecipeContext, texts: pa.ChunkedArray) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer, which knows every byte and learns its words from the texts."""
    context.events.progress(0, 0, "tokenizer")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=context.spec.params["vocabulary_size"],
        special_tokens=[PADDING, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )

    def batches() -> Iterator[list[str]]:
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            context.cancellation.raise_if_cancelled()
            yield texts[start : start + TEXTS_AT_ONCE].to_pylist()

    tokenizer.train_from_iterator(batches(), trainer, length=len(texts))
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PADDING,
        model_max_length=context.spec.params["max_length"],
    )


def new_model(context: RecipeContext, tokenizer: PreTrainedTokenizerFast) -> Any:
    """Return an untrained Llama with tied embeddings.

    raises  UserFault if it does not fit into memory
    """
    params = context.spec.params
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=params["hidden_size"],
        intermediate_size=round(INNER * params["hidden_size"]),
        num_hidden_layers=params["layers"],
        num_attention_heads=params["attention_heads"],
        num_key_value_heads=params["attention_heads"],
        max_position_embeddings=params["max_length"],
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        check_size(LlamaForCausalLM(config), context, copies=TRAINING_COPIES)
    set_seed(context.spec.seed)
    return LlamaForCausalLM(config)
