"""Prompts: a text or the messages of a conversation, as the tokens that a model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from ..describe import reason
from ..faults import UserFault
from .tokens import special_pattern, without_special_tokens

# what datasets call the parts of a message, and its roles
ROLE_NAMES, TEXT_NAMES = ("role", "from"), ("content", "value")
ROLES = {
    "human": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "chatgpt": "assistant",
}
SPEAKERS = {"system": "System", "user": "User", "assistant": "Assistant"}
CHAT, PLAIN = "chat", "plain"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What one side of a conversation said. role: system, user, assistant or another of the template's"""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. messages: one of the user for a plain text"""

    messages: tuple[ChatMessage, ...]

    @property
    def text(self) -> str:
        """The prompt for people: its text, or its messages with their speakers."""
        if len(self.messages) == 1:
            return self.messages[0].text
        return "\n".join(f"{SPEAKERS.get(one.role, one.role)}: {one.text}" for one in self.messages)


def plain_prompt(text: str) -> Prompt:
    return Prompt((ChatMessage("user", text),))


def conversation(value: Any) -> tuple[ChatMessage, ...]:
    """Return the messages of a conversation, as OpenAI's or ShareGPT's files have them.

    raises  ValueError if the value is none
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ValueError("a conversation is a list of messages")
    return tuple(message_of(message) for message in value)


def message_of(message: Any) -> ChatMessage:
    if not isinstance(message, Mapping):
        raise ValueError("a message is an object with a role and a content")
    role = next((message[name] for name in ROLE_NAMES if message.get(name)), None)
    text = next((message[name] for name in TEXT_NAMES if message.get(name) is not None), None)
    if not isinstance(role, str) or not isinstance(text, str):
        raise ValueError("a message is an object with a role and a content")
    return ChatMessage(ROLES.get(role.lower(), role.lower()), text)


def until_answer(messages: Sequence[ChatMessage]) -> tuple[Prompt, str]:
    """Split a conversation before its last answer.

    returns  what comes before, and that answer; "" if the conversation ends with a question
    raises   ValueError if nothing comes before
    """
    last = len(messages) - 1 if messages[-1].role == "assistant" else len(messages)
    if not any(one.role != "system" for one in messages[:last]):
        raise ValueError("a conversation begins with a message of the user")
    return Prompt(tuple(messages[:last])), messages[last].text if last < len(messages) else ""


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
    return [encode_prompt(tokenizer, with_system(prompt, system), way) for prompt in prompts]


def with_system(prompt: Prompt, system: str) -> Prompt:
    if not system or any(one.role == "system" for one in prompt.messages):
        return prompt
    return Prompt((ChatMessage("system", system), *prompt.messages))


def encode_prompt(tokenizer: PreTrainedTokenizerBase, prompt: Prompt, way: str) -> list[int]:
    pattern = special_pattern(tokenizer)
    messages = [ChatMessage(one.role, without_special_tokens(one.text, pattern)) for one in prompt.messages]
    if way == PLAIN:
        return list(tokenizer(plain_text(messages))["input_ids"])
    text = rendered(tokenizer, [{"role": one.role, "content": one.text} for one in messages])
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def plain_text(messages: Sequence[ChatMessage]) -> str:
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
