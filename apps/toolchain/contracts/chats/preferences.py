"""Preferences: a prompt with a better and a worse answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..messages import format_message
from ..params import gettext_noop as _
from .conversations import PROMPT_NAMES, SYSTEM_NAMES, listed, missing_column, named, present
from .dialogs import Example, Role, RowError, Turn, read_dialog, with_system, without_system_in_the_middle

CHOSEN_NAMES = ("chosen", "preferred_output", "preferred", "better", "accepted", "chosen_response")
REJECTED_NAMES = ("rejected", "non_preferred_output", "non_preferred", "worse", "rejected_response")


@dataclass(frozen=True, slots=True)
class PreferenceColumns:
    """Where a row has its preference; empty names are found by themselves.

    prompt    what both answer; without such a column, what the chats of both begin with
    chosen    the better answer, or the chat that ends with it
    rejected  the worse one
    """

    prompt: str = ""
    chosen: str = ""
    rejected: str = ""
    system: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    instruction: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> PreferenceColumns:
        """Return the columns that the params of a recipe name."""
        return cls(
            prompt=values["prompt_column"],
            chosen=values["chosen_column"],
            rejected=values["rejected_column"],
            system=values["system_column"],
            roles=values["roles"],
            instruction=values["system_prompt"],
        )

    def resolved(self, names: Collection[str]) -> PreferenceColumns:
        """Return where rows with these columns have their preferences (raises RowError)."""
        for name in (self.prompt, self.chosen, self.rejected, self.system):
            if name and name not in names:
                raise missing_column(name, names)
        chosen = self.chosen or named(names, CHOSEN_NAMES)
        rejected = self.rejected or named(names, REJECTED_NAMES)
        if not chosen or not rejected:
            words = _("There are no columns of better and worse answers. The columns are %(names)s.")
            raise RowError("columns_unknown", format_message(words, names=listed(names)))
        return PreferenceColumns(
            self.prompt or named([one for one in names if one not in (chosen, rejected)], PROMPT_NAMES),
            chosen,
            rejected,
            self.system or named(names, SYSTEM_NAMES),
            self.roles,
            self.instruction,
        )


def read_preference(row: Mapping[str, Any], columns: PreferenceColumns) -> Example:
    """Return the preference of a row.

    raises  RowError
    """
    place = columns.resolved(row.keys())
    chosen, rejected = _answer(row, place.chosen, place), _answer(row, place.rejected, place)
    if place.prompt:
        prompt = read_dialog(present(row, place.prompt), place.prompt, place.roles)
        chosen, rejected = _after(prompt, chosen), _after(prompt, rejected)
    else:
        shared = _shared(chosen, rejected)
        prompt, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
    _check_answer(chosen, place.chosen)
    _check_answer(rejected, place.rejected)
    if chosen[0].text.strip() == rejected[0].text.strip():
        raise RowError("same_answers", _("The better and the worse answer are the same."))
    if not any(one.role is Role.USER for one in prompt):
        raise RowError("no_question", _("There is no question before the answers."))
    system = row.get(place.system) if place.system else None
    dialog = tuple(Turn(one.role, one.text) for one in prompt)
    dialog = with_system(with_system(dialog, system if isinstance(system, str) else ""), place.instruction)
    without_system_in_the_middle(dialog)
    return Example(
        (*dialog, Turn(Role.ASSISTANT, chosen[0].text, True)), (Turn(Role.ASSISTANT, rejected[0].text, True),)
    )


def _answer(row: Mapping[str, Any], column: str, place: PreferenceColumns) -> tuple[Turn, ...]:
    return read_dialog(present(row, column), column, place.roles, speaker=Role.ASSISTANT)


def _after(prompt: tuple[Turn, ...], dialog: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Return an answer without the prompt that it repeats."""
    said = [(one.role, one.text) for one in prompt]
    return dialog[len(said) :] if [(one.role, one.text) for one in dialog[: len(said)]] == said else dialog


def _shared(one: tuple[Turn, ...], other: tuple[Turn, ...]) -> int:
    """Return with how many messages both begin; their last ones are the answers."""
    pairs = list(zip(one[:-1], other[:-1], strict=False))
    return next((place for place, (left, right) in enumerate(pairs) if left != right), len(pairs))


def _check_answer(dialog: tuple[Turn, ...], column: str) -> None:
    if len(dialog) != 1 or dialog[0].role is not Role.ASSISTANT:
        words = _("The column %(column)s must end with one answer of the assistant after the prompt.")
        raise RowError("answer_not_single", format_message(words, column=column))
