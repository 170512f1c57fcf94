"""The model card of a fine-tuned chat model."""

from __future__ import annotations

from apps.toolchain.contracts.recipes.chat_sft import FINE_TUNE

from ...context import RecipeContext
from ...training import cards
from ...training.chats.cards import data_table
from ...training.chats.cards import write_card as write_chat_card
from ...training.chats.data import ChatData
from ...training.chats.report import Outcome
from ...training.chats.tokens import TokenizedChats

CURVE = {"eval_loss": "validation loss", "eval_perplexity": "perplexity"}
LEARNED = {
    "answers": "The loss counts the answers alone, with the marks that end them; questions are only read.",
    "last": "The loss counts the last answer of each row alone; what comes before is only read.",
    "all": "The loss counts the whole text of each row, questions too.",
}


def write_card(context: RecipeContext, outcome: Outcome, data: ChatData, chats: TokenizedChats) -> None:
    """Write README.md into the output folder."""
    inputs, params = context.spec.inputs, context.spec.params
    what = (
        f"{cards.link(context, inputs['model'])}, fine-tuned on the chats of "
        f"{cards.link(context, inputs['dataset'])}."
    )
    write_chat_card(
        context,
        outcome,
        FINE_TUNE,
        tags=["chat"],
        what=what,
        data=data_table(data, {name: cut.learned for name, cut in chats.cuts.items()}),
        curve=CURVE,
        how=LEARNED[params["loss_on"]],
        used={"max_length": params["max_length"]},
    )
