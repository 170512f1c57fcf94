"""What a job will take before it starts: steps, tokens, memory, disk and device-seconds, as a range.

Device-seconds are those that usage counts: seconds of one processor core, or of one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .facts import ModelFacts
from .shapes import Contract

CHARACTERS_PER_TOKEN = 4
SPECIAL_TOKENS = 2
FLOAT_BYTES = 4
# libraries, tokenizer and data of a process
PROCESS_BYTES = 600 * 1024**2
# numbers that a layer keeps for each token and unit of its width until the gradient is known
ACTIVATIONS = 16
CHECKPOINTS_KEPT = 2
# a token that is written takes as long as so many that are read: the weights are fetched for each anew
READ_FOR_WRITTEN = 6


@dataclass(frozen=True, slots=True)
class Flavor:
    """A kind of device. Speeds in operations a second of one core or GPU, starts in device-seconds.

    The ranges hold measured fine-tunes of 23 M and 135 M parameters on processors (60 to 80 GFLOP/s a core).
    """

    speed: tuple[float, float]
    start_seconds: tuple[float, float]


FLAVORS = {
    "cpu": Flavor((25e9, 120e9), (4, 20)),
    "gpu": Flavor((1e13, 2e14), (4, 30)),
}


@dataclass(frozen=True, slots=True)
class Work:
    """What a recipe has to do with known repositories.

    trained_tokens  tokens that are read with gradients, over all steps
    scored_tokens   tokens that are read without
    batch_tokens    tokens of the largest batch
    copies          numbers held for each weight: with gradients and two moments 4
    trained_share   share of the weights that are trained
    written_tokens  tokens that are generated, one after another
    """

    steps: int
    trained_tokens: float
    scored_tokens: float
    batch_tokens: float
    copies: float
    trained_share: float = 1.0
    written_tokens: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate(Contract):
    """What a job will take; None where it is not known."""

    steps: int | None = None
    tokens: int | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    device_seconds_low: int | None = None
    device_seconds_high: int | None = None


def estimate(work: Work | None, model: ModelFacts | None, flavor: str, *, dataset_bytes: int = 0) -> Estimate:
    """Return what a job takes on a flavor of FLAVORS."""
    if work is None:
        return Estimate()
    tokens = round(work.trained_tokens + work.scored_tokens + work.written_tokens)
    if model is None or not model.parameters:
        return Estimate(steps=work.steps or None, tokens=tokens)
    weights, device = model.parameters, FLAVORS[flavor]
    for_each_token = 4 if work.trained_share < 1 else 6
    read = work.scored_tokens + READ_FOR_WRITTEN * work.written_tokens
    operations = computing_weights(model) * (for_each_token * work.trained_tokens + 2 * read)
    seconds = [
        start + operations / speed
        for start, speed in zip(device.start_seconds, reversed(device.speed), strict=True)
    ]
    saved = FLOAT_BYTES * weights * (1 + 3 * work.trained_share * CHECKPOINTS_KEPT)
    return Estimate(
        steps=work.steps or None,
        tokens=tokens,
        memory_bytes=round(
            PROCESS_BYTES + FLOAT_BYTES * weights * work.copies + activation_bytes(work, model)
        ),
        disk_bytes=round(model.weight_bytes + 2 * dataset_bytes + (saved if work.trained_tokens else 0)),
        device_seconds_low=round(seconds[0]),
        device_seconds_high=round(seconds[1]),
    )


def computing_weights(model: ModelFacts) -> int:
    """Return the number of weights that every token passes: those of the layers, without embeddings."""
    of_layers = 12 * model.layers * model.width**2
    return min(model.parameters, of_layers) if of_layers else model.parameters


def activation_bytes(work: Work, model: ModelFacts) -> float:
    """Return the memory of activations: of all layers in a training, of a few in scoring."""
    layers = model.layers if work.trained_tokens else min(model.layers, 2)
    return FLOAT_BYTES * ACTIVATIONS * work.batch_tokens * layers * model.width


def tokens_of(characters: float, max_length: Any, *, auto: int = 512) -> float:
    """Return the tokens of a text of so many characters, 0 if unknown; at most those of the length."""
    limit = auto if isinstance(max_length, str) else max_length
    return float(min(limit, characters / CHARACTERS_PER_TOKEN + SPECIAL_TOKENS if characters else limit))
