"""What the conformance suite needs of each recipe: tiny inputs, quick settings, and damages of inputs.

A recipe of ours has its `Case` in CASES; those of a further folder bring theirs in `cases.py` beside it.
"""

from __future__ import annotations

import hashlib
import json
import pickletools
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from apps.toolchain.contracts import JobSpec, OutputRepo, PinnedRepo, Recipe, clean_params, recipe_for
from tests.compat.versions import installed

from . import language_models
from .chats import chat_models, preference, write_chats
from .samples import sentences, tiny_models, write_csv, write_dataset

JOB_ID = "00000000-0000-4000-8000-000000000002"
OLDER_TRANSFORMERS = "4.57.6"

Inputs = Mapping[str, Path]


@dataclass(frozen=True, eq=False)
class Case:
    """A recipe with inputs as small as it can use.

    inputs     writes or finds the folders by the names of the recipe's inputs
    params     quick settings that still validate and save at least twice
    lora       further settings for an adapter, None if the recipe trains none
    tolerates  damages that do not keep the recipe from its work
    timed      fields of the result that hold speeds, which no two runs have alike
    """

    kind: str
    name: str
    inputs: Callable[[Path], Inputs]
    params: Mapping[str, Any] = field(default_factory=dict)
    lora: Mapping[str, Any] | None = None
    tolerates: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}"

    @property
    def recipe(self) -> Recipe:
        return recipe_for(self.kind, self.name)

    def spec(self, **params: Any) -> JobSpec:
        recipe = self.recipe
        cleaned = clean_params(recipe, {**self.params, **params}, is_json=True)
        names = [one for one in recipe.inputs if not one.is_optional]
        return JobSpec(
            id=JOB_ID,
            kind=recipe.kind,
            recipe=recipe.name,
            inputs={
                one.name: PinnedRepo(one.kind, f"owner/tiny-{one.name}", letter * 40)
                for one, letter in zip(names, "abc", strict=False)
            },
            output=OutputRepo(recipe.output_kind, "owner/tiny-made") if recipe.output_kind else None,
            params=cleaned,
            seed=cleaned["seed"],
            submitted_by="owner",
            hub_url="http://127.0.0.1:8000",
        )


def classification(root: Path) -> Inputs:
    return {"model": tiny_models()[0], "dataset": write_dataset(root / "dataset", train=96, test=40)}


def scoring(root: Path) -> Inputs:
    return {**classification(root), "model": write_classifier(root / "classifier")}


def write_classifier(folder: Path) -> Path:
    """Write the tiny BERT with a head for the classes of the samples, in a process that may load torch."""
    code = """
import sys
from transformers import AutoModelForSequenceClassification, AutoTokenizer, set_seed
base, folder = sys.argv[1:]
set_seed(3)
names = {0: "bad", 1: "good"}
facts = {"id2label": names, "label2id": {name: place for place, name in names.items()}, "num_labels": 2}
AutoTokenizer.from_pretrained(base).save_pretrained(folder)
AutoModelForSequenceClassification.from_pretrained(base, **facts).save_pretrained(folder)
"""
    command = [sys.executable, "-c", code, str(tiny_models()[0]), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def words(root: Path) -> Inputs:
    return {"dataset": write_csv(root / "dataset" / "train.csv", sentences(40)).parent}


def words_and_model(root: Path) -> Inputs:
    return {"model": tiny_models()[0], "dataset": write_dataset(root / "dataset", train=40, test=20)}


def two_models(root: Path) -> Inputs:
    return {"model": tiny_models()[0], "other_model": tiny_models()[1]}


def chats(root: Path) -> Inputs:
    return {"model": chat_model(), "dataset": write_chats(root / "dataset", train=48, test=16)}


def preferences(root: Path) -> Inputs:
    dataset = write_chats(root / "dataset", train=48, test=16, row=preference)
    return {"model": chat_model(), "dataset": dataset}


def chat_model() -> Path:
    return chat_models()[0]


def answering(root: Path) -> Inputs:
    return {"model": language_models.chat_models()[0]}


def answers(root: Path) -> Inputs:
    return {**answering(root), "dataset": language_models.write_facts(root / "dataset")}


def rows(root: Path) -> Inputs:
    return {"dataset": write_dataset(root / "dataset", train=48, test=16)}


def texts(root: Path) -> Inputs:
    folder = root / "dataset"
    folder.mkdir()
    facts = language_models.FACTS.items()
    said = [f"{question} {answer} {number}" for number in range(12) for question, answer in facts]
    (folder / "train.jsonl").write_text("".join(json.dumps({"text": one}) + "\n" for one in said))
    return {"dataset": folder}


def texts_and_model(root: Path) -> Inputs:
    return {**answering(root), **texts(root)}


TRAINING = {"max_steps": 12, "evaluation_steps": 4, "learning_rate": 5e-3, "early_stopping_patience": 0}
CHATTING = {**TRAINING, "method": "full", "batch_size": 8, "max_length": 64, "samples": 1, "sample_tokens": 4}
READING = {**TRAINING, "max_length": 32}
SMALL = {"hidden_size": 32, "layers": 1, "attention_heads": 2, "vocabulary_size": 320}
ANSWERING = {"temperature": 0.0, "max_new_tokens": 4}
# a preparation takes columns and splits as they are, and a quoted field may go on over lines
AS_THEY_ARE = frozenset({"other columns", "other splits", "a row that is cut"})
TASK = "text-classification"
CASES = (
    Case("fine_tune", TASK, classification, TRAINING, lora={"lora_r": 2, "learning_rate": 1e-1}),
    Case("evaluate", TASK, scoring, {"bootstrap_resamples": 100}),
    Case("fine_tune", "chat-sft", chats, CHATTING, lora={"lora_r": 2}),
    Case("fine_tune", "preference", preferences, CHATTING, lora={"lora_r": 2}),
    Case("inspect", "chat-sft", chats, {"max_length": 64}),
    Case("inspect", "preference", preferences, {"max_length": 64}),
    Case(
        "generate",
        "text-generation",
        answering,
        {"prompts": ["who says moo"], **ANSWERING},
    ),
    Case("evaluate", "text-generation", answers, {"max_new_tokens": 4}),
    Case("prepare", "data-preparation", rows, tolerates=AS_THEY_ARE),
    Case("prepare", "data-profile", rows, tolerates=AS_THEY_ARE | {"rows of blanks"}),
    Case("fine_tune", "causal-lm", texts_and_model, READING, lora={"lora_r": 2, "learning_rate": 1e-1}),
    Case("pretrain", "causal-lm", texts, {**READING, **SMALL}),
)
# those of tests/sample_recipe, which read a vocabulary and lines and nothing else
SAMPLE_CASES = (
    Case("fine_tune", "word-table", words, tolerates=frozenset({"rows of blanks"})),
    Case("evaluate", "word-table", words_and_model),
    Case("compare_words", "word-table", two_models, {"words": "lovely dreadful"}),
)


# --- damages: each takes the folder of an input, which is a copy


def change_json(name: str, **facts: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps({**json.loads(file.read_text()), **facts}))

    return change


def overwrite(pattern: str, content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for file in files_of(folder, pattern):
            file.write_bytes(content)

    return write


def remove(*patterns: str) -> Callable[[Path], None]:
    def delete(folder: Path) -> None:
        for pattern in patterns:
            for file in files_of(folder, pattern):
                file.unlink()

    return delete


def files_of(folder: Path, pattern: str) -> list[Path]:
    """Return the files that match; "data" stands for all but the card."""
    if pattern != "data":
        return sorted(folder.glob(pattern))
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "README.md")


def cut_weights(folder: Path) -> None:
    for file in folder.glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def change_weights(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        for file in folder.glob("*.safetensors"):
            save_file({name: change(one) for name, one in load_file(file).items()}, file, {"format": "pt"})

    return rewrite


def keep_heads(folder: Path) -> None:
    for file in files_of(folder, "data"):
        file.write_text(file.read_text().splitlines()[0] + "\n" if file.suffix == ".csv" else "")


def rename_columns(folder: Path) -> None:
    for file in files_of(folder, "data"):
        head, *rows = file.read_text().splitlines()
        if file.suffix == ".csv":
            lines = [",".join(f"odd_{name}" for name in head.split(",")), *rows]
        else:
            lines = [
                json.dumps({f"odd_{name}": value for name, value in json.loads(row).items()})
                for row in [head, *rows]
            ]
        file.write_text("\n".join(lines) + "\n")


def blank_rows(folder: Path) -> None:
    for file in files_of(folder, "data"):
        head, *rows = file.read_text().splitlines()
        if file.suffix == ".csv":
            lines = [head, *("  ," * head.count(",") + "  " for _row in rows)]
        else:
            lines = [json.dumps(dict.fromkeys(json.loads(row), "  ")) for row in [head, *rows]]
        file.write_text("\n".join(lines) + "\n")


def add_bytes(content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for file in files_of(folder, "data"):
            file.write_bytes(file.read_bytes() + content)

    return change


def turn_into_parquet(folder: Path) -> None:
    for file in files_of(folder, "data"):
        file.rename(file.with_suffix(".parquet"))


def rename_splits(folder: Path) -> None:
    for number, file in enumerate(files_of(folder, "data")):
        file.rename(file.with_name(f"validation-{number}{file.suffix}"))


def write_card(facts: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "README.md").write_text(f"---\n{facts}\n---\n# Card\n")

    return write


MODEL_DAMAGES: dict[str, Callable[[Path], None]] = {
    "no configuration": remove("config.json"),
    "a configuration that is cut": overwrite("config.json", b'{"model_type": '),
    "a configuration that is a list": overwrite("config.json", b"[]"),
    "an unknown architecture": change_json("config.json", model_type="never-heard-of"),
    "code of its own": change_json(
        "config.json", model_type="own", auto_map={"AutoModel": "modeling.Own", "AutoConfig": "modeling.Conf"}
    ),
    "a size that is absurd": change_json("config.json", hidden_size=10**9),
    "no weights": remove("*.safetensors"),
    "weights that are cut": cut_weights,
    "a header of weights that is absurd": overwrite("*.safetensors", (2**60).to_bytes(8, "little") + b"{}"),
    "weights of another size": change_weights(lambda one: np.concatenate([one, one])),
    "weights that are no numbers": change_weights(lambda one: np.full_like(one, np.nan)),
    "no tokenizer": remove("tokenizer*", "vocab*", "merges*", "*.model", "special_tokens_map.json"),
    "a tokenizer that is cut": overwrite("tokenizer.json", b'{"version": '),
}
DATASET_DAMAGES: dict[str, Callable[[Path], None]] = {
    "no files": remove("data"),
    "empty files": overwrite("data", b""),
    "heads without rows": keep_heads,
    "other columns": rename_columns,
    "rows of blanks": blank_rows,
    "bytes that are no text": add_bytes(b"\xff\xfe\xff,\xff\n"),
    "a row that is cut": add_bytes(b'"cut,\n{"cut": \n'),
    "text named Parquet": turn_into_parquet,
    "other splits": rename_splits,
    "a card that is no YAML": write_card("configs: ["),
    "a card that names absent files": write_card(
        "configs:\n- config_name: default\n  data_files: absent.csv"
    ),
}
DAMAGES = {"model": MODEL_DAMAGES, "dataset": DATASET_DAMAGES}


def damaged(inputs: Inputs, name: str, damage: Callable[[Path], None], folder: Path) -> Inputs:
    """Return the inputs with a damaged copy of one."""
    copy = Path(shutil.copytree(inputs[name], folder))
    damage(copy)
    return {**inputs, name: copy}


# --- what is published


def digest_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def is_pickle(file: Path) -> bool:
    """Return whether Python would unpickle a file: a pickle, or an archive of torch with one."""
    if zipfile.is_zipfile(file):
        return any(name.endswith(".pkl") for name in zipfile.ZipFile(file).namelist())
    content = file.read_bytes()
    if not content.startswith(b"\x80"):
        return False
    try:
        return any(operation.name == "STOP" for operation, _value, _place in pickletools.genops(content))
    except Exception:
        return False


def older_transformers() -> Path:
    """Return a folder with the last transformers of version 4, to stand first on the path."""
    name = f"transformers-{OLDER_TRANSFORMERS}"
    return installed(name, install_into, f"transformers=={OLDER_TRANSFORMERS}")


def install_into(place: Path, *packages: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "--quiet", "--system-certs", "--python", sys.executable]
    subprocess.run([*install, "--target", place, *packages], check=True)
