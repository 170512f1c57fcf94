"""Answers of a language model, in batches, with every piece handed on while it is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
    set_seed,
)
from transformers.generation.streamers import BaseStreamer

from ..context import CancellationToken
from ..faults import UserFault
from .devices import device
from .language_models import answer_tokens

PIECE_SECONDS = 0.5
# of the end of an answer, in which a stop text is looked for
STOP_TOKENS = 32
UNFINISHED = "\ufffd"
SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Decoding:
    """How answers are chosen. temperature: 0 for the most likely token each time; stop: texts that end one"""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    stop: tuple[str, ...] = ()
    batch_size: int = 8
    seed: int = 0

    @classmethod
    def of_params(cls, params: Mapping[str, Any], seed: int, limit: int) -> Decoding:
        """Return what a job asks for. limit: tokens that the model reads and writes together"""
        names = ("max_new_tokens", "temperature", "top_p", "top_k", "repetition_penalty", "batch_size")
        found = {name: params[name] for name in names if name in params}
        found["max_new_tokens"] = answer_tokens(found["max_new_tokens"], limit)
        return cls(**found, stop=tuple(params.get("stop", ())), seed=seed)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote. is_cut: whether it was stopped at the largest number of tokens"""

    text: str
    tokens: int
    is_cut: bool


# (number of the prompt, text so far, whether it is the whole answer)
Listener = Callable[[int, str, bool], None]


def ignore_pieces(number: int, text: str, is_done: bool) -> None:
    return None


class Writer:
    """Answers prompts with one model.

    The random numbers of a batch depend on its first prompt alone, so that a run which resumes after any
    batch goes on with the same answers.
    """

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, decoding: Decoding) -> None:
        self.model, self.tokenizer, self.decoding = model.to(device()).eval(), tokenizer, decoding
        self.ends = end_tokens(model, tokenizer)
        model.generation_config = self._config()

    def _config(self) -> GenerationConfig:
        """Return settings of this run only: what the repository would set does not apply."""
        how, config = self.decoding, self.model.config
        samples = how.temperature > 0
        chosen = {"temperature": how.temperature, "top_p": how.top_p, "top_k": how.top_k} if samples else {}
        return GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=how.max_new_tokens,
            do_sample=samples,
            repetition_penalty=how.repetition_penalty,
            eos_token_id=sorted(self.ends) or None,
            pad_token_id=self.tokenizer.pad_token_id,
            bos_token_id=self.tokenizer.bos_token_id,
            decoder_start_token_id=getattr(config, "decoder_start_token_id", None),
            **chosen,
        )

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        numbers: Sequence[int],
        cancellation: CancellationToken,
        listener: Listener = ignore_pieces,
    ) -> Iterator[dict[int, Answer]]:
        """Yield the answers of each batch by the number of their prompt.

        prompts  token ids
        numbers  of the prompts to answer, in this order
        raises   Interruption, UserFault if the model computes no numbers
        """
        size = self.decoding.batch_size
        for start in range(0, len(numbers), size):
            batch = list(numbers[start : start + size])
            yield self._write_batch(prompts, batch, cancellation, listener)

    def _write_batch(
        self,
        prompts: Sequence[Sequence[int]],
        batch: list[int],
        cancellation: CancellationToken,
        listener: Listener,
    ) -> dict[int, Answer]:
        set_seed((self.decoding.seed + 1_000_003 * batch[0]) % SEEDS)
        streamer = PieceStreamer(self, batch, cancellation, listener)
        inputs = self._padded([self._without_end(prompts[number]) for number in batch])
        criteria = StoppingCriteriaList()
        if self.decoding.stop:
            criteria.append(StopTexts(self.tokenizer, self.decoding.stop, skipped=self._start(inputs)))
        try:
            with torch.inference_mode():
                self.model.generate(**inputs, streamer=streamer, stopping_criteria=criteria)
        except RuntimeError as error:
            if "probability tensor" in str(error):
                raise UserFault("model_broken", "The model's output is not finite.") from error
            raise
        answers = {number: self.answer_of(ids) for number, ids in zip(batch, streamer.written, strict=True)}
        for number, answer in answers.items():
            listener(number, answer.text, True)
        return answers

    def _start(self, inputs: Mapping[str, torch.Tensor]) -> int:
        """Return the number of tokens before the answer in what the model has so far."""
        return 1 if self.model.config.is_encoder_decoder else inputs["input_ids"].shape[-1]

    def _without_end(self, ids: Sequence[int]) -> list[int]:
        """Return a prompt without the end-of-text token that some tokenizers add: it would end the answer."""
        kept = list(ids)
        if not self.model.config.is_encoder_decoder:
            while kept and kept[-1] in self.ends:
                kept.pop()
        return kept or [prefix_token(self.tokenizer)]

    def _padded(self, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        """Return token ids of equal length; where a model continues a text, padding stands before it."""
        longest, pad = max(map(len, rows)), self.tokenizer.pad_token_id
        ids = torch.full((len(rows), longest), pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows):
            where = (
                slice(0, len(row))
                if self.model.config.is_encoder_decoder
                else slice(longest - len(row), None)
            )
            ids[place, where], mask[place, where] = torch.tensor(row), 1
        return {"input_ids": ids.to(device()), "attention_mask": mask.to(device())}

    def until_end(self, ids: Sequence[int]) -> list[int]:
        """Return tokens up to the first that ends an answer."""
        return next((list(ids[:place]) for place, token in enumerate(ids) if token in self.ends), list(ids))

    def answer_of(self, ids: Sequence[int]) -> Answer:
        kept = self.until_end(ids)
        text = str(self.tokenizer.decode(kept, skip_special_tokens=True))
        place = min((at for stop in self.decoding.stop if (at := text.find(stop)) >= 0), default=None)
        is_cut = len(kept) == len(ids) >= self.decoding.max_new_tokens and place is None
        return Answer(text[:place].strip(), len(kept), is_cut)


class PieceStreamer(BaseStreamer):
    """Collects the tokens of a batch, and hands on what has been written every PIECE_SECONDS."""

    def __init__(
        self, writer: Writer, batch: list[int], cancellation: CancellationToken, listener: Listener
    ) -> None:
        self.writer, self.batch, self.cancellation, self.listener = writer, batch, cancellation, listener
        self.written: list[list[int]] = [[] for _number in batch]
        self._is_prompt, self._last = True, time.monotonic()

    def put(self, value: torch.Tensor) -> None:
        """Take the prompts first, then one token of each answer.

        raises  Interruption
        """
        self.cancellation.raise_if_cancelled()
        if self._is_prompt:
            self._is_prompt = False
            return
        for row, token in zip(self.written, value.reshape(-1).tolist(), strict=True):
            row.append(token)
        if time.monotonic() - self._last >= PIECE_SECONDS:
            self._last = time.monotonic()
            self._hand_on()

    def _hand_on(self) -> None:
        for number, ids in zip(self.batch, self.written, strict=True):
            text = self.writer.answer_of(ids).text
            if not text.endswith(UNFINISHED):  # the bytes of a character may come one by one
                self.listener(number, text, False)

    def end(self) -> None:
        return None


class StopTexts(StoppingCriteria):
    """Ends an answer in which a stop text occurs. skipped: tokens before the answers"""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, stop: Sequence[str], *, skipped: int) -> None:
        self.tokenizer, self.stop, self.skipped = tokenizer, stop, skipped

    def __call__(self, input_ids: torch.Tensor, scores: Any, **options: Any) -> torch.Tensor:
        ends = self.tokenizer.batch_decode(input_ids[:, self.skipped :][:, -STOP_TOKENS:])
        found = [any(stop in text for stop in self.stop) for text in ends]
        return torch.tensor(found, device=input_ids.device)


def end_tokens(model: Any, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """Return the tokens that end an answer: the model's and the tokenizer's."""
    known = getattr(model.generation_config, "eos_token_id", None)
    found = known if isinstance(known, list) else [known]
    return {
        one for one in (*found, model.config.eos_token_id, tokenizer.eos_token_id) if isinstance(one, int)
    }


def prefix_token(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the token before a text: that of its beginning, else that of the end of the one before."""
    first = tokenizer.bos_token_id
    return int(first if first is not None else tokenizer.eos_token_id or 0)
