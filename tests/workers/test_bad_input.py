"""Bad inputs: each is rejected with a stable code and a message, as a user fault."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from apps.toolchain.contracts import Fault, JobKind, fault_of

from .samples import a_spec, sentences, write_csv, write_dataset, write_jsonl


@pytest.fixture
def refused(recipes, tiny_bert, tmp_path):
    """Run a job that is expected to be rejected and return the code and message."""

    def run(
        *, model: Path = tiny_bert, dataset: Path | None = None, kind: JobKind = JobKind.FINE_TUNE, **params
    ) -> tuple[str, str]:
        data = dataset or write_dataset(tmp_path / "data", train=24, test=8)
        outcome = recipes.run(tmp_path / "job", a_spec(kind, **params), model=model, dataset=data)
        assert outcome.fault, outcome.messages[-3:]
        assert not list(outcome.folder.output.iterdir())
        assert fault_of(outcome.fault["code"]) == Fault.USER
        return outcome.fault["code"], outcome.fault["message"]

    return run


@pytest.fixture
def model(tiny_bert, tmp_path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


def change_json(file: Path, **facts) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **facts}))


def test_a_missing_column_is_named_with_those_that_are_there(refused, tmp_path):
    data = write_csv(tmp_path / "d" / "train.csv", sentences(20), head=("sentence", "label")).parent

    code, message = refused(dataset=data)

    assert code == "column_missing"
    assert "'text'" in message
    assert "sentence, label" in message


def test_one_class_cannot_be_learnt(refused, tmp_path):
    rows = [(text, "good") for text, _ in sentences(20)]

    assert refused(dataset=write_csv(tmp_path / "d" / "train.csv", rows).parent)[0] == "labels_one_class"


@pytest.mark.parametrize("row", [("  ", "good"), ("a lovely film", "")])
def test_empty_rows_are_counted_and_the_first_is_named(refused, tmp_path, row):
    code, message = refused(
        dataset=write_csv(tmp_path / "d" / "train.csv", [*sentences(10), row, *sentences(4), row]).parent
    )

    assert code == "rows_empty"
    assert ("2 rows" in message, "11, 16" in message) == (True, True)


def test_a_file_in_another_encoding_names_the_first_wrong_byte(refused, tmp_path):
    data = tmp_path / "d"
    data.mkdir()
    (data / "train.csv").write_bytes("text,label\nein schönes Buch,good\n".encode("latin-1") * 8)

    code, message = refused(dataset=data)

    assert code == "dataset_encoding"
    assert ("train.csv" in message, "byte 18" in message) == (True, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.jsonl", '{"text": "a", "label": "b"\n{"text": '),
        ("train.csv", 'text,label\n"never closed,good\n' * 3),
        ("train.parquet", "no parquet at all"),
    ],
)
def test_a_broken_data_file_is_the_persons_fault(refused, tmp_path, name, text):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / name).write_text(text)

    assert refused(dataset=tmp_path / "d")[0] == "dataset_unreadable"


def test_a_dataset_without_data_files_and_one_with_a_broken_card_are_refused(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    data = write_dataset(tmp_path / "data", train=8, test=8)
    (data / "README.md").write_text("---\nconfigs: [{config_name: [}]\n---\n")

    assert refused(dataset=tmp_path / "empty")[0] == "dataset_unreadable"
    assert refused(dataset=data)[0] == "dataset_unreadable"


def with_card(folder: Path, **config) -> Path:
    """Give a dataset a card with one configuration; JSON is YAML."""
    (folder / "README.md").write_text(
        f"---\nconfigs: {json.dumps([{'config_name': 'default', **config}])}\n---\n"
    )
    return folder


@pytest.mark.parametrize(
    "data_files",
    [
        "{host}/*.jsonl",
        "{host}/secret.jsonl",
        [{"split": "train", "path": ["train.csv", "{host}/secret.jsonl"]}],
        {"train": "{host}/secret.jsonl"},
        "../host/*.jsonl",
        "data/../../host/secret.jsonl",
        "~/secret.jsonl",
        "file://{host}/secret.jsonl",
        "http://127.0.0.1:9/secret.csv",
        "hf://datasets/owner/secret/train.csv",
        "zip://secret.csv::{host}/secret.zip",
        "train.csv::{host}/secret.jsonl",
        "*.txt",
        "absent-*.csv",
        ["train.csv", 7],
    ],
)
def test_a_card_reads_files_of_its_own_repository_alone(refused, tmp_path, data_files):
    host = tmp_path / "host"
    write_jsonl(host / "secret.jsonl", [("a host's secret", "AKIA"), ("another", "good")] * 12)
    data = write_dataset(tmp_path / "data", train=24, test=8)
    (data / "notes.txt").write_text("a line of text\n")
    with_card(data, data_files=json.loads(json.dumps(data_files).replace("{host}", str(host))))

    code, message = refused(dataset=data)

    assert code == "dataset_unreadable"
    assert "secret'" not in message
    assert "AKIA" not in message


@pytest.mark.parametrize(
    "config",
    [
        {"data_dir": "/etc"},
        {"data_dir": "../host"},
        {"storage_options": {"User-Agent": "x"}},
        {"compression": "zip"},
        {"converters": {"text": "print"}},
        {"engine": "python", "sep": "(a+)+$"},
        {"sep": "(a+)+$"},
        {"dialect": "excel"},
        {"filesystem": "local"},
        {"features": {"text": {"_type": "Image"}}},
        {"memory_map": True},
        {"nrows": True},
        {"encoding": "latin-1"},
    ],
)
def test_a_card_gives_its_reader_no_option_that_is_not_on_the_list(refused, tmp_path, config):
    data = with_card(write_dataset(tmp_path / "data", train=24, test=8), data_files="*.csv", **config)

    code, message = refused(dataset=data)

    assert code == "dataset_unreadable"
    assert any(str(word) in message for word in (*config, *config.values()))


def test_an_absent_split_or_subset_is_named(refused):
    code, message = refused(train_split="learn")

    assert code == "split_missing"
    assert ("'learn'" in message, "train, test" in message) == (True, True)
    assert refused(subset="french")[0] == "subset_missing"


def test_a_file_with_a_head_alone_has_no_rows(refused, tmp_path):
    assert refused(dataset=write_csv(tmp_path / "d" / "train.csv", []).parent)[0] == "split_empty"


def test_numbers_are_not_text_and_fractions_are_not_classes(refused, tmp_path):
    numbers = write_csv(
        tmp_path / "n" / "train.csv", [(str(number), "good" if number % 2 else "bad") for number in range(20)]
    ).parent
    ratings = write_csv(
        tmp_path / "r" / "train.csv",
        [(text, f"{place / 7:.3f}") for place, (text, _) in enumerate(sentences(20))],
    ).parent

    assert refused(dataset=numbers)[0] == "text_not_text"
    assert refused(dataset=ratings)[0] == "labels_not_classes"


def test_more_values_than_classes_are_refused(refused, tmp_path):
    rows = [(text, f"class {place}") for place, (text, _) in enumerate(sentences(300))]

    assert refused(dataset=write_csv(tmp_path / "d" / "train.csv", rows).parent)[0] == "labels_too_many"


def test_a_label_of_the_held_out_split_that_training_lacks_is_named(refused, tmp_path):
    data = write_dataset(tmp_path / "d", train=20, test=8)
    write_csv(data / "test.csv", [*sentences(8), ("a plain walk", "middling")])

    code, message = refused(dataset=data, test_split="test")

    assert (code, "middling" in message) == ("labels_unknown", True)


def test_a_model_without_a_tokenizer(refused, model):
    (model / "tokenizer.json").unlink()

    assert refused(model=model)[0] == "model_no_tokenizer"


def test_a_model_without_safetensors_or_configuration(refused, model):
    (model / "model.safetensors").unlink()
    first = refused(model=model)[0]
    (model / "config.json").unlink()

    assert (first, refused(model=model)[0]) == ("model_no_weights", "model_no_config")


def test_a_model_with_code_of_its_own_is_never_run(refused, model):
    change_json(model / "config.json", auto_map={"AutoModel": "evil.Model"})

    assert refused(model=model)[0] == "model_custom_code"


def test_an_unknown_architecture_broken_weights_and_a_foreign_tokenizer(refused, model, tiny_bert):
    change_json(model / "config.json", model_type="never-heard-of")
    unknown = refused(model=model)[0]
    shutil.copy(tiny_bert / "config.json", model / "config.json")
    (model / "model.safetensors").write_bytes(b"\xff" * 64)
    broken = refused(model=model)[0]
    weights = load_file(tiny_bert / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] = weights["embeddings.word_embeddings.weight"][:10]
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    change_json(model / "config.json", vocab_size=10)

    assert (unknown, broken) == ("model_unsupported", "model_broken")
    assert refused(model=model)[0] == "model_tokenizer_mismatch"


@pytest.mark.parametrize(
    ("setting", "tensor"), [("intermediate_size", "intermediate.dense"), ("vocab_size", "word_embeddings")]
)
def test_weights_of_another_size_than_the_configurations_are_named(refused, model, setting, tensor):
    known = json.loads((model / "config.json").read_text())[setting]
    change_json(model / "config.json", **{setting: 2 * known})

    code, message = refused(model=model)

    assert (code, tensor in message) == ("model_broken", True)


def test_a_configuration_beyond_all_memory_is_refused_before_it_takes_any(recipes, model, tmp_path):
    change_json(model / "config.json", vocab_size=2_000_000_000)
    data = write_dataset(tmp_path / "data", train=24, test=8)

    outcome = recipes.run(tmp_path / "job", a_spec(), model=model, dataset=data, memory_bytes=2**33)

    assert outcome.fault["code"] == "model_too_large"
    assert "8.0 GiB" in outcome.fault["message"]


def test_classes_without_a_name_are_counted(refused, recipes, tiny_bert, tmp_path):
    data = write_dataset(tmp_path / "d", train=24, test=8)
    tuned = recipes.run(tmp_path / "tuned", a_spec(max_steps=1), model=tiny_bert, dataset=data).folder.output
    change_json(tuned / "config.json", id2label={"0": "bad", "2": "good"}, label2id={"bad": 0, "good": 2})

    code, message = refused(model=tuned, kind=JobKind.EVALUATE, dataset=data)

    assert (code, "id2label" in message) == ("model_broken", True)


def test_a_file_with_other_columns_than_the_others_is_named_with_them(refused, tmp_path):
    data = tmp_path / "d"
    write_csv(data / "train-1.csv", sentences(20))
    (data / "train-2.csv").write_text("text,label,source\na lovely film,good,here\n")

    code, message = refused(dataset=data)

    assert code == "dataset_unreadable"
    assert "source" in message
    assert "train-2.csv" in message
    assert str(tmp_path) not in message


def test_a_line_with_too_many_values_is_named_with_its_file(refused, tmp_path):
    data = write_csv(tmp_path / "d" / "train.csv", sentences(20)).parent
    with (data / "train.csv").open("a") as file:
        file.write("a film,good,and more\n")

    code, message = refused(dataset=data)

    assert code == "dataset_unreadable"
    assert "train.csv" in message
    assert "line 22" in message


@pytest.mark.parametrize("file", ["tokenizer_config.json", "special_tokens_map.json"])
@pytest.mark.parametrize("setting", ["vocab", "vocab_file", "init_inputs"])
def test_a_tokenizer_that_names_a_file_of_the_host_is_refused(refused, model, tmp_path, file, setting):
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2\n[UNK]\n[PAD]\n")
    (model / "tokenizer.json").unlink()
    (model / "vocab.txt").write_text("[UNK]\n[PAD]\n")
    change_json(model / "tokenizer_config.json", tokenizer_class="BertTokenizer", backend=None)
    (model / file).touch()
    facts = json.loads((model / file).read_text() or "{}")
    (model / file).write_text(
        json.dumps({**facts, setting: [str(secret)] if setting == "init_inputs" else str(secret)})
    )

    code, message = refused(model=model)

    assert code == "model_broken"
    assert setting in message


@pytest.mark.parametrize("place", ["../private.safetensors", "{host}/private.safetensors"])
def test_an_index_of_weights_that_leads_out_of_the_repository_is_refused(refused, model, tmp_path, place):
    shutil.copy(model / "model.safetensors", tmp_path / "private.safetensors")
    names = dict.fromkeys(load_file(model / "model.safetensors"), place.replace("{host}", str(tmp_path)))
    (model / "model.safetensors").rename(model / "model-00001-of-00001.safetensors")
    (model / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))

    code, message = refused(model=model)

    assert (code, "private.safetensors" in message) == ("model_broken", True)


def test_an_evaluation_refuses_a_model_without_a_trained_head(refused, model):
    assert refused(model=model, kind=JobKind.EVALUATE)[0] == "model_unsupported"


def test_lora_modules_that_the_model_lacks(refused):
    assert refused(method="lora", lora_target_modules=["no_such_layer"])[0] == "lora_targets"


def test_weights_that_are_no_numbers_are_named(refused, model):
    weights = load_file(model / "model.safetensors")
    weights["encoder.layer.0.output.dense.weight"] = np.full_like(
        weights["encoder.layer.0.output.dense.weight"], np.nan
    )
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})

    code, message = refused(model=model)

    assert (code, "output.dense.weight" in message) == ("model_broken", True)


def test_a_training_that_diverges_names_its_step(refused, model):
    weights = load_file(model / "model.safetensors")
    weights["encoder.layer.0.output.dense.weight"][:] = 3e38
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})

    code, message = refused(model=model)

    assert (code, "step 1" in message) == ("training_diverged", True)
