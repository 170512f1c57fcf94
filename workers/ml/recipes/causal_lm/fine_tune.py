"""Goes on with the training of a language model on texts, in full or with LoRA."""

from __future__ import annotations

from typing import Any

from peft import TaskType
from transformers import set_seed

from apps.toolchain.contracts.recipes.causal_lm import FINE_TUNE

from ...context import RecipeContext
from ...faults import UserFault
from ...training.chats.models import load_base, place_of_training
from ...training.loading import load_config, load_tokenizer, max_tokens, weights_dtype
from ...training.lora import add_lora
from ...training.output import write_log, write_model
from .card import write_card
from .learning import cut_all, make_trainer, train_and_score
from .texts import read_texts


def run(context: RecipeContext) -> None:
    """Train on the pinned texts and write the model, its card and its log to the output folder.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    params, output = context.spec.params, context.folder.output
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    if config.is_encoder_decoder:
        message = "The model reads one text and writes another; it cannot learn texts alone."
        raise UserFault("model_unsupported", message)
    texts = read_texts(context)
    length = max_tokens(config, tokenizer, params["max_length"], context.model_folder)
    blocks = cut_all(context, texts, tokenizer, length)
    context.events.log(place_of_training(context))
    base = load_base(context, config, tokenizer)
    model: Any = base.model
    if params["method"] == "lora":
        model = add_lora(model, params, TaskType.CAUSAL_LM)
    trainer = make_trainer(context, model, tokenizer, blocks)
    outcome = train_and_score(context, trainer, blocks, has_base=True)
    outcome.parameters, outcome.titles = base.parameters, texts.titles
    outcome.notes[:0] = texts.notes
    context.events.progress(0, 0, "saving")
    write_model(
        trainer.model,
        tokenizer,
        output,
        context.spec.inputs["model"],
        dtype=weights_dtype(context.model_folder),
        parts=params["lora_output"],
    )
    write_log(output / "training_log.jsonl", outcome.history)
    outcome.write(FINE_TUNE)
    write_card(context, FINE_TUNE, outcome, blocks, length)
    context.events.log(outcome.summary())
