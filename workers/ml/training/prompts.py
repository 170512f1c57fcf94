"""Prompts: a text or the messages of a conversation, as the tokens that a model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from apps.toolchain.contracts.chats import Role, RowError, Turn
from apps.toolchain.contracts.chats.dialogs import with_system

from ..describe import reason
from ..faults import UserFault
from .tokens import special_pattern, without_special_tokens

SPEAKERS = {"system": "System", "user": "User", "assistant": "Assistant"}
CHAT, PLAIN = "chat", "plain"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. messages: one of the user for a plain text"""

    messages: tuple[Turn, ...]

    @property
    def text(self) -> str:
        """The prompt for people: its text, or its messages with their speakers."""
        if len(self.messages) == 1:
            return self.messages[0].text
        return "\n".join(f"{SPEAKERS.get(one.role, one.role)}: {one.text}" for one in self.messages)


def plain_prompt(text: str) -> Prompt:
    return Prompt((Turn(Role.USER, text),))


def until_answer(dialog: Sequence[Turn], column: str) -> tuple[Prompt, str]:
    """Split a conversation before its last answer.

    returns  what comes before, and that answer; "" if the conversation ends with a question
    raises   RowError if nothing comes before
    """
    last = len(dialog) - 1 if dialog[-1].role is Role.ASSISTANT else len(dialog)
    if not any(one.role is Role.USER for one in dialog[:last]):
        raise RowError("question_missing", f"The column {column} has no question before its answer.")
    return Prompt(tuple(dialog[:last])), dialog[last].text if last < len(dialog) else ""


def way_of(tokenizer: PreTrainedTokenizerBase, wanted: str) -> str:
    """Return how prompts are written: CHAT by the tokenizer's template, PLAIN as they are.

    wanted  CHAT, PLAIN, or "auto" for the template if there is one
    raises  UserFault if a template is wanted and there is none
    """
    has_template = bool(tokenizer.chat_template)
    if wanted == CHAT and not has_template:
        message = "The model's tokenizer has no chat template. Choose the plain prompt format."
        raise UserFault("chat_template_invalid", message)
    return CHAT if has_template and wanted != PLAIN else PLAIN


def encode_prompts(
    tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Prompt], way: str, *, system: str = ""
) -> list[list[int]]:
    """Return each prompt as token ids, up to where the answer begins.

    way     CHAT or PLAIN
    system  a system message before conversations that have none of their own
    raises  UserFault if the chat template refuses a prompt
    """
    return [encode_prompt(tokenizer, with_system(prompt.messages, system), way) for prompt in prompts]


def encode_prompt(tokenizer: PreTrainedTokenizerBase, dialog: Sequence[Turn], way: str) -> list[int]:
    pattern = special_pattern(tokenizer)
    messages = [Turn(one.role, without_special_tokens(one.text, pattern)) for one in dialog]
    if way == PLAIN:
        return list(tokenizer(plain_text(messages))["input_ids"])
    text = rendered(tokenizer, [{"role": str(one.role), "content": one.text} for one in messages])
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def plain_text(messages: Sequence[Turn]) -> str:
    """Return the text that a model without a chat template continues."""
    if len(messages) == 1:
        return messages[0].text
    head = "\n\n".join(one.text for one in messages if one.role == "system")
    said = [one for one in messages if one.role != "system"]
    if len(said) == 1:
        return f"{head}\n\n{said[0].text}"
    lines = [f"{SPEAKERS.get(one.role, one.role)}: {one.text}" for one in said]
    return "\n".join([*([head] if head else []), *lines, f"{SPEAKERS['assistant']}:"])


def rendered(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Mapping[str, str]]) -> str:
    """Apply the chat template, which transformers renders in a sandbox.

    raises  UserFault
    """
    try:
        text = tokenizer.apply_chat_template(
            [dict(message) for message in messages], tokenize=False, add_generation_prompt=True
        )
    except Exception as error:  # templates are code of the repository and raise what they like
        problem = f"The model's chat template does not take this conversation: {reason(error)}"
        raise UserFault("chat_template_invalid", problem) from error
    return str(text)


def keep_end(ids: Sequence[int], length: int) -> list[int]:
    """Return the last tokens of a prompt that is too long: the question is at its end."""
    return list(ids[-length:])
