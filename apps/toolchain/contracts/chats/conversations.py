"""Chats with answers to learn: a column of messages, or columns of prompts and answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..messages import format_message
from ..params import gettext_noop as _
from .dialogs import Example, Role, RowError, Turn, read_dialog, with_system, without_system_in_the_middle

NAMES_LIMIT = 12
MESSAGES_NAMES = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns")
PROMPT_NAMES = ("prompt", "instruction", "question", "query", "user", "human", "input")
COMPLETION_NAMES = ("completion", "response", "output", "answer", "assistant", "reply", "target", "answers")
# what an instruction is about, as in Alpaca
CONTEXT_NAMES = ("input", "context")
SYSTEM_NAMES = ("system", "system_prompt")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row has its chat; empty names are found by themselves.

    messages    a list of messages, in any of the usual forms
    prompt      what the user says, if there are no messages
    context     what is added to the prompt
    completion  what the assistant answers
    system      the system message of the row
    roles       further names of roles -> user, assistant or system
    instruction system message of rows that have none
    """

    messages: str = ""
    prompt: str = ""
    context: str = ""
    completion: str = ""
    system: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    instruction: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Columns:
        """Return the columns that the params of a recipe name."""
        return cls(
            messages=values["messages_column"],
            prompt=values["prompt_column"],
            context=values["context_column"],
            completion=values["completion_column"],
            system=values["system_column"],
            roles=values["roles"],
            instruction=values["system_prompt"],
        )

    def resolved(self, names: Collection[str]) -> Columns:
        """Return where rows with these columns have their chats.

        raises  RowError if there is no such column
        """
        for name in (self.messages, self.prompt, self.context, self.completion, self.system):
            if name and name not in names:
                raise missing_column(name, names)
        if self.messages:
            return self._filled(names, messages=self.messages)
        if not self.prompt and not self.completion and (found := named(names, MESSAGES_NAMES)):
            return self._filled(names, messages=found)
        prompt = self.prompt or named(names, PROMPT_NAMES)
        rest = [name for name in names if name != prompt]
        completion = self.completion or named(rest, COMPLETION_NAMES)
        if not prompt or not completion:
            words = _(
                "There is no column of messages, and none of prompts and answers. The columns are %(names)s."
            )
            raise RowError("columns_unknown", format_message(words, names=listed(names)))
        context = self.context
        if not context and not self.prompt and prompt.casefold() == "instruction":
            context = named([name for name in rest if name != completion], CONTEXT_NAMES)
        return self._filled(names, prompt=prompt, completion=completion, context=context)

    def _filled(self, names: Collection[str], **found: str) -> Columns:
        system = self.system or named(names, SYSTEM_NAMES)
        return Columns(**found, system=system, roles=self.roles, instruction=self.instruction)


def read_conversation(row: Mapping[str, Any], columns: Columns) -> Example:
    """Return the chat of a row; what follows the last answer is left out.

    raises  RowError
    """
    place = columns.resolved(row.keys())
    if place.messages:
        dialog = read_dialog(row[place.messages], place.messages, place.roles)
    else:
        dialog = (*_prompt(row, place), *_completion(row, place))
    system = row.get(place.system) if place.system else None
    dialog = with_system(dialog, system if isinstance(system, str) else "")
    return Example(until_last_answer(without_system_in_the_middle(with_system(dialog, place.instruction))))


def _prompt(row: Mapping[str, Any], place: Columns) -> tuple[Turn, ...]:
    dialog = read_dialog(present(row, place.prompt), place.prompt, place.roles)
    context = row.get(place.context) if place.context else None
    if isinstance(context, str) and context.strip():
        last = dialog[-1]
        dialog = (*dialog[:-1], Turn(last.role, f"{last.text}\n\n{context}", last.is_trained))
    # answers before the last question are context
    return tuple(Turn(one.role, one.text) for one in dialog)


def _completion(row: Mapping[str, Any], place: Columns) -> tuple[Turn, ...]:
    value = present(row, place.completion)
    return read_dialog(value, place.completion, place.roles, speaker=Role.ASSISTANT)


def until_last_answer(dialog: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Return the dialog up to the last answer that is learned.

    raises  RowError if there is none
    """
    last = max((place for place, turn in enumerate(dialog) if turn.is_trained), default=-1)
    if last < 0:
        raise RowError("no_answer", _("The chat has no message of the assistant to learn from."))
    if last == 0:
        raise RowError("no_question", _("The chat begins with its only answer; nobody asks."))
    return dialog[: last + 1]


def present(row: Mapping[str, Any], column: str) -> Any:
    """Return the value of a column (raises RowError if it is missing or null)."""
    if column not in row:
        raise missing_column(column, row.keys())
    value = row[column]
    if value is None:
        raise RowError("value_missing", format_message(_("The column %(column)s is empty."), column=column))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def missing_column(name: str, names: Collection[str]) -> RowError:
    words = _("There is no column %(column)s. The columns are %(names)s.")
    return RowError("column_missing", format_message(words, column=name, names=listed(names)))


def listed(names: Collection[str]) -> str:
    some = [name[:40] for name in list(names)[:NAMES_LIMIT]]
    return ", ".join(some) + (" …" if len(names) > NAMES_LIMIT else "")


def named(names: Collection[str], wanted: Sequence[str]) -> str:
    """Return the column whose name is the first of the wanted ones, in any case; "" if none is."""
    known = {name.casefold(): name for name in reversed(list(names))}
    return next((known[one] for one in wanted if one in known), "")
