"""Subsets and splits are those that `datasets` finds, compared on written and on generated layouts."""

import json
import random
from pathlib import Path

import pytest

from apps.toolchain.dataset_files.layout import LayoutError, default_subset, subsets_of
from apps.toolchain.jobs.models import Job
from tests.makers import a_repo
from tests.pages import values_of
from tests.seed import a_model, commit_files

ROW = '{"a": 1}\n'


def configs(*entries):
    return {"configs": [{"config_name": f"c{place}", **entry} for place, entry in enumerate(entries)]}


def default(**options):
    return {"configs": [{"config_name": "default", **options}]}


SHARDS = ["data/gold-00000-of-00001.csv", "data/silver-00000-of-00002.csv", "data/silver-00001-of-00002.csv"]
LANGUAGES = ["en/train.csv", "fr/train.csv", "fr/test.csv"]
LAYOUTS = {
    "shards of splits with own names": (SHARDS, {}),
    "shards and other files": ([*SHARDS, "extra.csv", "test.csv"], {}),
    "shards of the usual splits come first": (
        [f"data/{name}-00000-of-00001.csv" for name in ("aaa", "test", "train", "zzz")],
        {},
    ),
    "shards with a hash": (["data/train-00000-of-00001-9f86d081884c7d65.parquet"], {}),
    "a split of two words": (
        ["data/train.clean-00000-of-00001.csv", "data/dev_other-00000-of-00001.csv"],
        {},
    ),
    "shards below a further folder are no shards": (["data/en/gold-00000-of-00001.csv"], {}),
    "shards at the root are no shards": (["gold-00000-of-00001.csv", "silver-00000-of-00001.csv"], {}),
    "five digits are needed": (["data/gold-0-of-1.csv", "data/silver-0-of-1.csv"], {}),
    "one file": (["rows.csv"], {}),
    "two files without a split": (["a.csv", "b.csv"], {}),
    "files named by their splits": (["train.csv", "test.csv", "validation.csv"], {}),
    "aliases": (["training.csv", "dev.csv", "eval.csv"], {}),
    "more aliases": (["val.csv", "evaluation.csv"], {}),
    "yet more aliases": (["valid.csv", "testing.csv"], {}),
    "words within names": (["my_train_set.csv", "my-test-set.csv", "x.dev.csv"], {}),
    "digits are separators": (["train1.csv", "2test.csv", "train 3.csv"], {}),
    "letters are not": (["contest.csv", "trainer.csv", "latest.csv"], {}),
    "case counts": (["Train.csv", "TEST.csv"], {}),
    "some files without a split": (["train.csv", "rows.csv"], {}),
    "no train split": (["test.csv", "rows.csv"], {}),
    "folders named by their splits": (["train/a.csv", "train/b.csv", "test/a.csv"], {}),
    "folders count before names": (["train/testing.csv", "test.csv"], {}),
    "folders at any depth": (["x/train/y/a.csv", "x/dev/y/a.csv"], {}),
    "words within folders": (["my_train/a.csv", "test-2024/a.csv"], {}),
    "data and folders": (["data/train/a.csv", "data/test/a.csv"], {}),
    "both splits in one name": (["train-test.csv"], {}),
    "hidden files": ([".train.csv", ".git/test.csv", "rows.csv"], {}),
    "special folders": (["__pycache__/test.csv", "rows.csv"], {}),
    "special names are no folders": (["__test.csv", "rows.csv"], {}),
    "metadata": (["dataset_info.json", "config.json", "rows.json"], {}),
    "readers by majority": (["a.jsonl", "b.jsonl", "c.csv"], {}),
    "parquet first of equals": (["a.csv", "b.parquet"], {}),
    "json before csv": (["a.csv", "b.json"], {}),
    "tabs": (["train.tsv", "test.tsv"], {}),
    "newline JSON": (["train.ndjson", "test.jsonl"], {}),
    "two suffixes": (["a.csv.json", "b.json"], {}),
    "a folder": (LANGUAGES, default(data_dir="fr")),
    "a folder with a dot": (LANGUAGES, default(data_dir="./fr")),
    "a folder of shards": (["en/data/gold-00000-of-00001.csv", "train.csv"], default(data_dir="en")),
    "a folder named by a split": (["train/a.csv", "train/b.csv"], default(data_dir="train")),
    "a hidden folder that is asked for": ([".x/train.csv", "b.csv"], default(data_dir=".x")),
    "folders as subsets": (LANGUAGES, configs({"data_dir": "en"}, {"data_dir": "fr"})),
    "a folder and a pattern": ([*LANGUAGES, "t.csv"], default(data_dir="fr", data_files="t*.csv")),
    "a file": (["a.csv", "b.csv"], default(data_files="b.csv")),
    "a file with a dot": (["x/a.csv", "b.csv"], default(data_files="./x/a.csv")),
    "a pattern": (["x/a.csv", "x/y/b.csv", "c.csv"], default(data_files="x/*.csv")),
    "a deep pattern": (["x/a.csv", "x/y/b.csv", "x.csv", "c.csv"], default(data_files="x*/**")),
    "any depth between": (["x/a.csv", "x/y/a.csv", "x/y/z/a.csv", "a.csv"], default(data_files="**/a.csv")),
    "depth in the middle": (["x/a.csv", "x/y/a.csv", "a.csv"], default(data_files="x/**/a.csv")),
    "one letter": (["a1.csv", "a22.csv", "b1.csv"], default(data_files="a?.csv")),
    "sets": (["a.csv", "b.csv", "c.csv", "-.csv"], default(data_files=["[ab].csv", "[!abc].csv"])),
    "a list": (["c.csv", "a.csv", "b.csv"], default(data_files=["c.csv", "a.csv"])),
    "a hidden file that is asked for": ([".a.csv", "b.csv"], default(data_files=".*.csv")),
    "metadata that is asked for": (["config.json", "b.json"], default(data_files="config.json")),
    "a pattern leaves metadata out": (["config.json", "b.json"], default(data_files="*.json")),
    "splits": (
        ["x.csv", "y.csv", "z.csv"],
        default(data_files=[{"split": "z", "path": ["z.csv", "y.csv"]}, {"split": "a", "path": "x*"}]),
    ),
    "a split of one path in a list": (["x.csv"], default(data_files=[{"split": "dev", "path": ["x.csv"]}])),
    "a default": (LANGUAGES, configs({"data_dir": "en"}, {"data_dir": "fr", "default": True})),
    "one subset of another name": (LANGUAGES, configs({"data_dir": "en"})),
    "default by name": (
        LANGUAGES,
        {"configs": [{"config_name": "en", "data_dir": "en"}, {"config_name": "default", "data_dir": "fr"}]},
    ),
    "the order of the card": (
        LANGUAGES,
        {"configs": [{"config_name": "z", "data_dir": "fr"}, {"config_name": "a", "data_dir": "en"}]},
    ),
}
WORDS = ("train", "test", "dev", "val", "training", "gold", "data", "en", "part", "eval", "rows", "x")
PATTERNS = (
    "*",
    "**",
    "*.csv",
    "**/*.csv",
    "data/*",
    "data/**",
    "*/train*",
    "[d-t]*/*.csv",
    "en/**/x*",
    "t??t*.csv",
)


@pytest.fixture(scope="module", autouse=True)
def _offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


def laid_out(folder: Path, paths: list[str], card: dict, text: str = ROW) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if card:
        (folder / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n")
    return folder


def of_the_library(folder: Path) -> dict:
    """Return subset -> split -> paths, and the name of the default subset under ""."""
    from datasets.load import dataset_module_factory, load_dataset_builder

    configs = dataset_module_factory(str(folder)).builder_configs_parameters
    names = [config.name for config in configs.builder_configs]
    cache = str(folder.parent / "cache")
    found = {
        name: load_dataset_builder(str(folder), name, cache_dir=cache).config.data_files for name in names
    }
    default = configs.default_config_name or (names[0] if len(names) == 1 else None)
    splits = {
        name: {
            str(split): list(
                dict.fromkeys(Path(file).relative_to(folder.resolve()).as_posix() for file in files)
            )
            for split, files in one.items()
        }
        for name, one in found.items()
    }
    return {"": default, **splits}


def of_the_contracts(paths: list[str], card: dict) -> dict:
    subsets = subsets_of([*paths, "README.md"], card)
    assert not [one.problem for one in subsets.values() if one.problem]
    splits = {
        name: {split: list(files) for split, files in one.splits.items()} for name, one in subsets.items()
    }
    return {"": default_subset(subsets), **splits}


def in_order(found: dict) -> list:
    return [(name, list(one.items()) if isinstance(one, dict) else one) for name, one in found.items()]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_has_the_splits_that_the_library_finds(tmp_path, layout):
    paths, card = LAYOUTS[layout]
    folder = laid_out(tmp_path / "films", paths, card)

    assert in_order(of_the_contracts(paths, card)) == in_order(of_the_library(folder))


def a_layout(seed: int) -> tuple[list[str], dict]:
    """Return random paths of CSV files and a card, empty in two of five layouts."""
    draw = random.Random(seed)

    def name() -> str:
        words = draw.choices(WORDS, k=draw.randint(1, 2))
        return draw.choice(["", "", "", ".", "__", "1"]) + draw.choice("-_. /").join(words)

    paths = sorted(
        {f"{name()}{draw.choice(['', '', '-00000-of-00001'])}.csv" for _ in range(draw.randint(1, 9))}
    )
    paths += [f"data/{path}" for path in paths if draw.random() < 0.3]
    files = [path for path in dict.fromkeys(paths) if "/." not in path or draw.random() < 0.5]
    chosen = draw.sample([*PATTERNS, *files], k=2)
    card = draw.choice(
        [
            {},
            {},
            default(data_files=chosen[0]),
            default(data_files=chosen),
            configs({"data_files": chosen[1]}),
        ]
    )
    return files, card


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_generated_layouts_agree_with_the_library(tmp_path, start):
    compared = 0
    for seed in range(start, start + 50):
        paths, card = a_layout(seed)
        folder = laid_out(tmp_path / f"films-{seed}", paths, card)
        try:
            theirs = of_the_library(folder)
        except (ValueError, FileNotFoundError):
            continue
        if [] in [files for one in theirs.values() if isinstance(one, dict) for files in one.values()]:
            continue  # the library keeps a pattern without files as an empty split, which it cannot read
        compared += 1
        assert in_order(of_the_contracts(paths, card)) == in_order(theirs), (seed, paths, card)
    assert compared > 20


# What jobs and viewer read although the library refuses it or reads it in another way.
DIFFERENCES = {
    "files of other formats do not take part": (["test.txt", "rows.csv"], {}, {"train": ["rows.csv"]}),
    "upper-case suffixes are data": (["train.CSV"], {}, {"train": ["train.CSV"]}),
    "compressed files are not": (["train.csv", "test.csv.gz"], {}, {"train": ["train.csv"]}),
    "a split of another format is left out": (
        ["train.csv", "train-2.csv", "test.jsonl"],
        {},
        {"train": ["train-2.csv", "train.csv"]},
    ),
    "a file that two patterns match is read once": (
        ["a.csv"],
        default(data_files=["*.csv", "a.csv"]),
        {"train": ["a.csv"]},
    ),
    "a mapping of splits": (["a.csv"], default(data_files={"dev": "a.csv"}), {"dev": ["a.csv"]}),
    "a configuration without a name": (
        ["a.csv"],
        {"configs": [{"data_files": "a.csv"}]},
        {"train": ["a.csv"]},
    ),
    "no patterns are as no data_files": (["a.csv"], default(data_files=[]), {"train": ["a.csv"]}),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_the_known_differences_to_the_library(difference):
    paths, card, splits = DIFFERENCES[difference]

    (subset,) = subsets_of(paths, card).values()

    assert {name: list(files) for name, files in subset.splits.items()} == splits


def test_each_subset_is_read_with_its_own_reader():
    card = configs({"data_files": "a.csv"}, {"data_files": "b.jsonl"})

    assert [one.reader for one in subsets_of(["a.csv", "b.jsonl"], card).values()] == ["csv", "json"]


@pytest.mark.parametrize(
    "options",
    [
        {"data_files": "missing.csv"},
        {"data_files": "missing*.csv"},
        {"data_files": "a**.csv"},
        {"data_files": [{"split": "my-split", "path": "a.csv"}]},
        {"data_files": [{"split": "a", "path": "a.csv"}, {"split": "a", "path": "b.csv"}]},
        {"data_files": [{"path": "a.csv"}]},
        {"data_files": ["a.csv", {"split": "b", "path": "b.csv"}]},
        {"data_files": 7},
        {"data_files": "/etc/passwd"},
        {"data_files": "../a.csv"},
        {"data_files": "https://example.com/a.csv"},
        {"data_files": "zip://a.csv::b.zip"},
        {"data_dir": ".."},
        {"data_dir": "missing"},
        {"data_dir": ["a"]},
    ],
)
def test_a_configuration_that_cannot_be_read_names_its_problem_and_spares_the_others(options):
    card = configs(options, {"data_files": "b.csv"})

    broken, sound = subsets_of(["a.csv", "b.csv"], card).values()

    assert broken.problem
    assert not broken.splits
    assert (sound.problem, dict(sound.splits)) == ("", {"train": ("b.csv",)})


@pytest.mark.parametrize("configs", [{}, [], ["a"], "a", [{"config_name": "a"}, {"config_name": "a"}]])
def test_configurations_that_are_none_are_refused(configs):
    with pytest.raises(LayoutError):
        subsets_of(["a.csv"], {"configs": configs})


def test_two_defaults_are_refused():
    card = configs({"data_files": "a.csv", "default": True}, {"data_files": "b.csv", "default": True})

    with pytest.raises(LayoutError):
        default_subset(subsets_of(["a.csv", "b.csv"], card))


def test_a_shard_of_an_unusable_name_is_a_problem_as_in_the_library():
    (subset,) = subsets_of(["data/my-split-00000-of-00001.csv"], {}).values()

    assert subset.problem


def test_patterns_that_cost_too_much_are_a_problem():
    paths = [f"{'a' * 200}{number}.csv" for number in range(2000)]
    card = default(data_files=[f"{'*a' * 50}*{number}.csv" for number in range(1000)])

    (subset,) = subsets_of(paths, card).values()

    assert subset.problem


ORDERED = [
    "shards of splits with own names",
    "folders as subsets",
    "a default",
    "folders count before names",
    "no train split",
    "case counts",
    "a folder of shards",
    "splits",
    "one subset of another name",
    "both splits in one name",
]
TABLE = "text,label\n" + "".join(f"line {n} of many words,{n % 2}\n" for n in range(30))


@pytest.mark.parametrize("kind", ["fine-tune", "evaluate"])
@pytest.mark.parametrize("layout", ORDERED)
def test_a_form_with_its_own_values_orders_a_job_whose_worker_finds_the_split(
    client, cast, tmp_path, layout, kind
):
    from workers.ml.training.tables import column_of, read_splits, split_named

    paths, card = LAYOUTS[layout]
    a_model(cast.owner)
    repo = a_repo(cast.owner, "films", kind="dataset")
    files = dict.fromkeys(paths, TABLE) | {"README.md": f"---\n{json.dumps(card)}\n---\n"}
    commit_files(cast.owner, repo, files)
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    page = f"/owner/tiny-sentiment/{kind}"

    client.post(page, values_of(client.get(f"{page}?dataset=owner/films").content.decode()))

    job = Job.objects.get()
    folder = laid_out(tmp_path / "films", paths, card, TABLE)
    splits = read_splits(folder, tmp_path / "cache", subset=job.params["subset"])
    name = job.params.get("train_split") or job.params["split"]
    assert len(column_of(split_named(splits, name), job.params["text_column"], name)) >= 30


def test_a_pattern_of_many_parts_is_a_problem():
    paths = [f"folder/{number}.csv" for number in range(2000)]

    (subset,) = subsets_of(paths, default(data_files="**/" * 5000 + "*.csv")).values()

    assert subset.problem


def test_configurations_that_each_infer_from_all_files_are_a_problem_past_the_limit():
    paths = [f"folder/{number}.csv" for number in range(2000)]

    *_, last = subsets_of(paths, configs(*[{}] * 500)).values()

    assert last.problem


@pytest.mark.parametrize(("depth", "is_problem"), [(8, False), (100, True)])
def test_one_inference_of_very_many_files_is_a_problem_only_in_very_deep_folders(depth, is_problem):
    paths = [f"{'a/' * depth}train/{number}.csv" for number in range(20_000)]

    (subset,) = subsets_of(paths, {}).values()

    assert bool(subset.problem) is is_problem
    assert set(subset.splits) == (set() if is_problem else {"train"})
