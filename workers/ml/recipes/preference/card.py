"""The model card of a model that was tuned on preferences."""

from __future__ import annotations

from apps.toolchain.contracts.recipes.preference import FINE_TUNE

from ...context import RecipeContext
from ...training import cards
from ...training.chats.cards import data_table
from ...training.chats.cards import write_card as write_chat_card
from ...training.chats.data import ChatData
from ...training.chats.report import Outcome
from .pairs import Pairs

CURVE = {
    "eval_loss": "validation loss",
    "eval_rewards/accuracies": "reward accuracy",
    "eval_rewards/margins": "reward margin",
}
HOW = (
    "Direct preference optimization ([Rafailov et al. 2023](https://arxiv.org/abs/2305.18290)): the model "
    "learns to raise the probability of the better answer above that of the worse one, and `beta` holds it "
    "to its base. The reward of an answer is `beta` times how much more likely it has become than with the "
    "base; the margin is the reward of the better answer above that of the worse one."
)


def write_card(context: RecipeContext, outcome: Outcome, data: ChatData, pairs: Pairs) -> None:
    """Write README.md into the output folder."""
    inputs = context.spec.inputs
    what = (
        f"{cards.link(context, inputs['model'])}, tuned on the preferences of "
        f"{cards.link(context, inputs['dataset'])}."
    )
    write_chat_card(
        context,
        outcome,
        FINE_TUNE,
        tags=["dpo"],
        what=what,
        data=data_table(data, {name: cut.learned for name, cut in pairs.cuts.items()}),
        curve=CURVE,
        how=HOW,
        used={"max_length": context.spec.params["max_length"]},
    )
