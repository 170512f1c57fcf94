"""Checkpoints in another folder than where they were written, and those that are published as they are."""

import shutil

import pytest

from workers.ml.input_cache import hash_of
from workers.ml.training.checkpoints import FINAL, MARKER, mark_complete, step_of

from .samples import a_spec, write_dataset

pytestmark = pytest.mark.slow
OFTEN = {"max_steps": 30, "evaluation_steps": 10, "early_stopping_patience": 0, "epochs": 50}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_dataset(tmp_path_factory.mktemp("data"), train=160)


def weights(outcome) -> str:
    assert outcome.fault is None
    return hash_of(outcome.folder.output / "model.safetensors")


@pytest.mark.parametrize("learning_rate", [5e-3, 1e-8])
def test_a_training_that_goes_on_elsewhere_yields_the_same_weights(
    recipes, tiny_bert, dataset, tmp_path, learning_rate
):
    """With the tiny rate the best checkpoint is an early one, which a resumed training has to find."""
    spec = a_spec(**OFTEN, learning_rate=learning_rate)
    whole = recipes.run(tmp_path / "first", spec, model=tiny_bert, dataset=dataset)
    expected = weights(whole)
    (whole.folder.checkpoints / "checkpoint-30" / MARKER).unlink()
    kept = {step_of(marker.parent) for marker in whole.folder.checkpoints.glob(f"*/{MARKER}")}
    (tmp_path / "second" / "run").mkdir(parents=True)
    shutil.move(whole.folder.checkpoints, tmp_path / "second" / "run" / "checkpoints")
    shutil.rmtree(tmp_path / "first")

    again = recipes.run(tmp_path / "second", spec, model=tiny_bert, dataset=dataset)

    assert min(again.losses) == max(kept) + 1
    assert weights(again) == expected


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_final_checkpoint_is_published_without_training_on(recipes, tiny_bert, dataset, tmp_path, method):
    spec = a_spec(**OFTEN, method=method, test_split="test")
    whole = recipes.run(tmp_path / "first", spec, model=tiny_bert, dataset=dataset)
    best = whole.result["best_step"]
    checkpoint = tmp_path / "second" / "run" / "checkpoints" / f"checkpoint-{best}"
    shutil.copytree(whole.folder.checkpoints / f"checkpoint-{best}", checkpoint)
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        (checkpoint / name).unlink()
    (checkpoint / FINAL).touch()
    mark_complete(checkpoint)

    published = recipes.run(tmp_path / "second", spec, model=tiny_bert, dataset=dataset)

    assert weights(published) == weights(whole)
    assert not published.losses
    assert published.result["steps"] == published.result["best_step"] == best
    assert published.result["scores"] == whole.result["scores"]
