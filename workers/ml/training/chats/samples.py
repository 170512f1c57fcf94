"""Answers of the model to a few held-out questions, before the training and at each validation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from apps.toolchain.contracts.chat_training import ANSWER, EXPECTED, QUESTION, SAMPLES_TITLE
from apps.toolchain.contracts.chats import Example, Role, Turn

from ...context import CancellationToken, RecipeContext
from ..loading import NO_LENGTH_LIMIT
from .data import unpack_example
from .templates import IGNORED, ChatTemplate, Tokens

FILE = "samples.json"
TEXT_LIMIT = 4000
SHOWN_MESSAGES = 6


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer of the model. expected: the answer in the dataset; step: 0 before the training"""

    step: int
    number: int
    question: str
    expected: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """A held-out question. ids: the tokens after which the model answers"""

    text: str
    expected: str
    ids: list[int]


def choose_questions(
    split: Dataset, template: ChatTemplate, *, count: int, longest: int, seed: int
) -> list[Question]:
    """Return random rows of a split as questions.

    longest  tokens that a question may have; longer ones are passed over
    """
    found: list[Question] = []
    generator = torch.Generator().manual_seed(seed)
    for row in torch.randperm(len(split), generator=generator).tolist()[: 10 * count]:
        if len(found) == count:
            break
        example = unpack_example(split[row]["example"])
        ids = template.tokenizer(template.question(example.prompt), add_special_tokens=False)["input_ids"]
        if len(ids) <= longest:
            found.append(Question(question_text(example), example.dialog[-1].text[:TEXT_LIMIT], list(ids)))
    return found


def question_text(example: Example) -> str:
    """Return the question for people; of a longer chat, its last messages with who says them."""
    dialog = example.prompt
    if len(dialog) == 1:
        return dialog[0].text[:TEXT_LIMIT]
    return "\n".join(map(said, dialog[-SHOWN_MESSAGES:]))[:TEXT_LIMIT]


def said(turn: Turn) -> str:
    return f"{'system' if turn.role is Role.SYSTEM else turn.role}: {turn.text}"


class Stop(StoppingCriteria):
    """Ends the writing of answers when the run is cancelled."""

    def __init__(self, cancellation: CancellationToken) -> None:
        self.cancellation = cancellation

    def __call__(self, input_ids: torch.Tensor, scores: Any, **options: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), self.cancellation.is_cancelled, device=input_ids.device)


def answers_of(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    questions: Sequence[Question],
    *,
    tokens: int,
    ends: Sequence[int],
    cancellation: CancellationToken,
) -> list[str]:
    """Return the most likely answers, written together; random numbers are not used up."""
    width = max(len(one.ids) for one in questions)
    pad = int(tokenizer.pad_token_id or 0)
    ids = torch.tensor([[pad] * (width - len(one.ids)) + one.ids for one in questions], device=model.device)
    mask = torch.tensor(
        [[0] * (width - len(one.ids)) + [1] * len(one.ids) for one in questions], device=model.device
    )
    settings = GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=tokens, do_sample=False, num_beams=1, pad_token_id=pad, eos_token_id=list(ends) or None
    )
    with frozen(model), torch.inference_mode(), torch.random.fork_rng():
        written = model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=settings,
            stopping_criteria=StoppingCriteriaList([Stop(cancellation)]),
        )
    texts = tokenizer.batch_decode(written[:, width:], skip_special_tokens=True)
    return [text.strip()[:TEXT_LIMIT] for text in texts]


@contextmanager
def frozen(model: Any) -> Iterator[None]:
    """Hold a model in the state for scoring."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def end_tokens(model: Any, tokenizer: PreTrainedTokenizerBase, learned: Tokens | None) -> list[int]:
    """Return the tokens that end an answer: the model's, the tokenizer's, and that of the learned answers.

    learned  a chat that ends with a learned answer, None if there is none
    """
    own = model.generation_config.eos_token_id
    found = [*(own if isinstance(own, list) else [own]), tokenizer.eos_token_id]
    special = set(tokenizer.all_special_ids) | {tokenizer.eos_token_id}
    if learned and (ends := [label for label in learned.labels if label != IGNORED]) and ends[-1] in special:
        found.append(ends[-1])
    return sorted({one for one in found if one is not None})


class SampleCallback(TrainerCallback):
    """Writes sample answers whenever the model is validated, and keeps them with the checkpoints.

    It has to stand before the callback that marks checkpoints as complete.
    """

    def __init__(
        self,
        context: RecipeContext,
        template: ChatTemplate,
        questions: Sequence[Question],
        ends: Sequence[int],
    ) -> None:
        self.context, self.template = context, template
        self.questions, self.ends = questions, ends
        self.samples: list[Sample] = []

    def resume(self, checkpoint: Path | None) -> None:
        """Take over the samples of a checkpoint."""
        if checkpoint and (checkpoint / FILE).is_file():
            self.samples = [Sample(**one) for one in json.loads((checkpoint / FILE).read_text())]

    def write(self, model: Any, step: int) -> None:
        """Let the model answer, and report the answers; of several processes the first does."""
        if not self.context.is_main or not self.questions or any(one.step == step for one in self.samples):
            return
        answers = answers_of(
            model,
            self.template.tokenizer,
            self.questions,
            tokens=self.context.spec.params["sample_tokens"],
            ends=self.ends,
            cancellation=self.context.cancellation,
        )
        if self.context.cancellation.is_cancelled:
            return
        found = [
            Sample(step, number, question.text, question.expected, answer)
            for number, (question, answer) in enumerate(zip(self.questions, answers, strict=True), 1)
        ]
        self.samples.extend(found)
        rows = [(one.question, one.expected, one.answer) for one in found]
        self.context.events.samples(SAMPLES_TITLE, (QUESTION, EXPECTED, ANSWER), rows, step=step)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        metrics: Mapping[str, float] | None = None,
        **_: Any,
    ) -> None:
        if "eval_loss" in (metrics or {}):
            self.write(model, state.global_step)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if not self.context.is_main:
            return
        folder = self.context.folder.checkpoints / f"checkpoint-{state.global_step}"
        (folder / FILE).write_text(json.dumps([asdict(one) for one in self.samples]))

    def at(self, step: int) -> list[Sample]:
        return [one for one in self.samples if one.step == step]

    def write_file(self, file: Path) -> None:
        """Write all samples as JSON lines."""
        if self.samples:
            file.write_text(
                "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in self.samples), "utf-8"
            )


def question_limit(max_length: int, tokens: int, longest: int) -> int:
    """Return how many tokens a question may have so that its answer fits.

    longest  of the model
    """
    limit = longest if longest < NO_LENGTH_LIMIT else max_length
    return max(1, min(max_length, limit - tokens))
