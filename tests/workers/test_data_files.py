"""Datasets are read as `datasets` itself reads them, by their files and by their card."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = '{"text": "a lovely day", "label": 0}\n{"text": "NA", "label": 1}\n'
TABLE = "text,label\na lovely day,good\nno,bad\n"
CLASSES = [
    {"name": "text", "dtype": "string"},
    {"name": "label", "dtype": {"class_label": {"names": {"0": "bad", "1": "good"}}}},
]
LAYOUTS = {
    "two files named by their splits": ({"train.csv": TABLE, "test.csv": TABLE}, {}),
    "shards below data": ({f"data/train-0000{n}-of-00002.jsonl": ROWS for n in range(2)}, {}),
    "folders named by their splits": (
        {"train/a.jsonl": ROWS, "train/b.jsonl": ROWS, "validation/a.jsonl": ROWS},
        {},
    ),
    "one file of no split": ({"reviews.tsv": TABLE.replace(",", "\t")}, {}),
    "more files of one kind than of the other": ({"a.jsonl": ROWS, "b.jsonl": ROWS, "c.csv": TABLE}, {}),
    "strange names": ({"train [1].csv": TABLE, "train*2.csv": TABLE}, {}),
    "a pattern": (
        {"a/x.csv": TABLE, "b/y.csv": TABLE},
        {"configs": [{"config_name": "default", "data_files": "a/*.csv"}]},
    ),
    "a pattern of folders": (
        {"a/x.csv": TABLE, "a/b/y.csv": TABLE},
        {"configs": [{"config_name": "default", "data_files": "a/**"}]},
    ),
    "a list": (
        {"x.csv": TABLE, "y.csv": TABLE, "z.csv": TABLE},
        {"configs": [{"config_name": "one", "data_files": ["x.csv", "y.csv"]}]},
    ),
    "splits": (
        {"x.jsonl": ROWS, "y.jsonl": ROWS, "z.jsonl": ROWS},
        {
            "configs": [
                {
                    "config_name": "default",
                    "data_files": [
                        {"split": "train", "path": ["x.jsonl", "y.jsonl"]},
                        {"split": "held_out", "path": "z*"},
                    ],
                }
            ]
        },
    ),
    "a folder": (
        {"en/train.csv": TABLE, "de/train.csv": TABLE},
        {"configs": [{"config_name": "default", "data_dir": "en"}]},
    ),
    "a folder and a pattern": (
        {"en/x.csv": TABLE, "x.csv": TABLE},
        {"configs": [{"config_name": "default", "data_dir": "en", "data_files": "*.csv"}]},
    ),
    "options": (
        {"x.csv": "a lovely day;0\nno;1\n"},
        {
            "configs": [
                {
                    "config_name": "default",
                    "data_files": "x.csv",
                    "sep": ";",
                    "names": ["text", "label"],
                    "encoding": "utf-8",
                }
            ]
        },
    ),
    "a field": (
        {"x.json": json.dumps({"rows": [{"text": "a", "label": "b"}]})},
        {"configs": [{"config_name": "default", "data_files": "x.json", "field": "rows"}]},
    ),
    "classes": ({"train.jsonl": ROWS}, {"dataset_info": {"features": CLASSES}}),
    "classes of a subset": (
        {"x.jsonl": ROWS},
        {
            "configs": [{"config_name": "en", "data_files": "x.jsonl"}],
            "dataset_info": [{"config_name": "en", "features": CLASSES}],
        },
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


def laid_out(folder: Path, files: dict[str, str], card: dict) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if card:
        (folder / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n# Films\n")
    return folder


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_dataset_is_read_as_its_own_library_reads_it(tmp_path, layout):
    from datasets import load_dataset

    from workers.ml.training.tables import read_splits

    folder = laid_out(tmp_path / "films", *LAYOUTS[layout])

    found = read_splits(folder, tmp_path / "cache", subset="")

    theirs = load_dataset(str(folder), cache_dir=str(tmp_path / "theirs"))
    assert {name: split.to_list() for name, split in found.items()} == {
        name: split.to_list() for name, split in theirs.items()
    }
    assert {name: split.features for name, split in found.items()} == {
        name: split.features for name, split in theirs.items()
    }


def test_parquet_keeps_its_own_classes_and_a_subset_is_chosen_by_name(tmp_path):
    from datasets import ClassLabel, Dataset, Features, Value

    from workers.ml.training.tables import read_splits

    features = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})
    table = Dataset.from_dict({"text": ["a", "b"], "label": [0, 1]}, features=features).data.table
    (tmp_path / "d").mkdir()
    pq.write_table(table, tmp_path / "d" / "x.parquet")
    pq.write_table(pa.table({"text": ["c"]}), tmp_path / "d" / "y.parquet")
    configs = [
        {"config_name": "one", "data_files": "x.parquet"},
        {"config_name": "two", "data_files": "y.parquet"},
    ]
    folder = laid_out(tmp_path / "d", {}, {"configs": configs})

    one, two = (read_splits(folder, tmp_path / "cache", subset=name)["train"] for name in ("one", "two"))

    assert one.features["label"].names == ["bad", "good"]
    assert two.to_list() == [{"text": "c"}]


def test_a_link_is_no_data_file(tmp_path):
    from workers.ml.faults import UserFault
    from workers.ml.training.tables import read_splits

    host = tmp_path / "host.csv"
    host.write_text(TABLE)
    folder = laid_out(
        tmp_path / "d",
        {"train.csv": TABLE},
        {"configs": [{"config_name": "default", "data_files": "l*.csv"}]},
    )
    os.symlink(host, folder / "link.csv")

    with pytest.raises(UserFault) as refused:
        read_splits(folder, tmp_path / "cache", subset="")

    assert refused.value.code == "dataset_unreadable"
