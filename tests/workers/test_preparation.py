"""Preparing datasets and reporting about them: what changes, what goes, what the report says."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import load_dataset

from apps.toolchain.contracts import (
    JobKind,
    JobSpec,
    NoteCode,
    OutputRepo,
    PinnedRepo,
    ReportResult,
    clean_params,
    recipe_for,
)
from workers.ml.preparation.duplicates import jaccard, shingles

from .samples import PLAIN, sentences, write_csv, write_dataset

pytestmark = pytest.mark.slow

TOKEN = "hf_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ" * 2
ENGLISH = "The weather was lovely in the morning and we walked along the river for hours."
GERMAN = "Das Wetter war am Morgen herrlich, und wir sind stundenlang am Fluss entlang spaziert."


def a_spec(name: str = "data-preparation", *, benchmark: bool = False, **params: Any) -> JobSpec:
    names = ["dataset", *(["benchmark"] if benchmark else [])]
    cleaned = clean_params(recipe_for(JobKind.PREPARE, name), params, is_json=True)
    return JobSpec(
        id="00000000-0000-4000-8000-000000000002",
        kind=JobKind.PREPARE,
        recipe=name,
        inputs={one: PinnedRepo("dataset", f"owner/{one}", "b" * 40) for one in names},
        output=OutputRepo("dataset", "owner/prepared") if name == "data-preparation" else None,
        params=cleaned,
        seed=cleaned["seed"],
        submitted_by="owner",
        hub_url="http://127.0.0.1:8000",
    )


def write_rows(file: Path, rows: list[dict[str, Any]]) -> Path:
    """Write JSON lines and return their folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return file.parent


def lines(count: int, *, words: int = 40, seed: int = 1) -> list[str]:
    """Return different texts of nonsense words, none similar to another."""
    chance = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [" ".join("".join(chance.choices(letters, k=6)) for _ in range(words)) for _ in range(count)]


def almost(text: str) -> str:
    """Return a text of which one word of many is another."""
    return " ".join([*text.split()[:-1], "altogether"])


def report_of(outcome) -> ReportResult:
    assert outcome.fault is None, outcome.fault
    return ReportResult.from_json({**outcome.result, "attempt": 1, "duration_seconds": 1.0})


def rows_of(outcome) -> dict[str, list[dict[str, Any]]]:
    """Return the published rows as the datasets library reads them."""
    assert outcome.fault is None, outcome.fault
    found = load_dataset(str(outcome.folder.output), cache_dir=str(outcome.folder.run / "cache" / "read"))
    return {name: split.to_list() for name, split in found.items()}


def removed_rows(outcome) -> list[dict[str, Any]]:
    return pq.read_table(outcome.folder.artifacts / "removed_rows.parquet").to_pylist()


def values(scores) -> dict[str, float]:
    return {one.name: one.value for one in scores}


def test_the_same_and_similar_texts_are_removed_and_the_report_says_which(recipes, tmp_path):
    first, second, third = lines(3)
    texts = [first, second, f"  {first.upper()} ", almost(second), third]
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in texts])

    outcome = recipes.run(tmp_path / "job", a_spec(), dataset=data)

    assert [row["text"] for row in rows_of(outcome)["train"]] == [first, second, third]
    same, similar = removed_rows(outcome)
    assert (same["row"], same["reason"], same["other_row"], same["similarity"]) == (2, "same", 0, 1.0)
    assert (similar["row"], similar["reason"], similar["other_row"]) == (3, "similar", 1)
    assert similar["similarity"] == pytest.approx(
        jaccard(shingles(second), shingles(almost(second))), abs=1e-4
    )
    report = report_of(outcome)
    assert (values(report.baselines)["rows"], values(report.scores)["rows"]) == (5, 3)
    assert values(report.baselines)["repeated_share"] == pytest.approx(0.4)
    assert values(report.scores)["repeated_share"] == 0


def test_all_similar_texts_are_found_and_no_others(recipes, tmp_path):
    chance = random.Random(3)
    texts = lines(150, words=25)
    for text in texts[:60]:
        words = text.split()
        for place in chance.sample(range(len(words)), chance.randint(1, 8)):
            words[place] = "".join(chance.choices("abcdefghij", k=6))
        texts.append(" ".join(words))
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in texts])

    outcome = recipes.run(tmp_path / "job", a_spec(similarity=0.6), dataset=data)

    kept: list[set[str]] = []
    expected = set()
    for number, text in enumerate(texts):
        parts = shingles(text)
        if any(jaccard(parts, other) >= 0.6 for other in kept):
            expected.add(number)
        else:
            kept.append(parts)
    removed = removed_rows(outcome)
    assert all(
        jaccard(shingles(texts[one["row"]]), shingles(texts[one["other_row"]])) >= 0.6 for one in removed
    )
    assert 15 < len(expected) < 55
    assert {one["row"] for one in removed} == expected


def test_texts_of_held_out_splits_leave_the_training_split(recipes, tmp_path):
    train, test = lines(6), lines(3, seed=2)
    write_rows(
        tmp_path / "d" / "train.jsonl", [{"text": text} for text in [*train, test[0], almost(test[1])]]
    )
    data = write_rows(tmp_path / "d" / "test.jsonl", [{"text": text} for text in test])

    outcome = recipes.run(tmp_path / "job", a_spec(), dataset=data)
    kept = recipes.run(tmp_path / "kept", a_spec(leakage="report"), dataset=data)

    assert {name: len(rows) for name, rows in rows_of(outcome).items()} == {"train": 6, "test": 3}
    assert [(row["split"], row["reason"], row["other_split"]) for row in removed_rows(outcome)] == [
        ("train", "leaked", "test"),
        ("train", "leaked", "test"),
    ]
    assert values(report_of(outcome).scores)["leaked_share"] == 0
    report = report_of(kept)
    assert values(report.scores)["leaked_share"] == pytest.approx(2 / 11, abs=1e-6)
    (note,) = [one for one in report.notes if one.code == NoteCode.LEAKED]
    assert note.values == {"count": 2, "total": 8, "split": "train", "other": "test"}


def test_short_chats_are_not_similar_because_of_their_roles(recipes, tmp_path):
    def chat(question: str, said: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": question}, {"role": "assistant", "content": said}]

    chats = [chat("2 + 2?", "4"), chat("2 + 3?", "5"), chat("Who?", "Me."), chat("who?", " me.")]
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"messages": one} for one in chats])

    outcome = recipes.run(tmp_path / "job", a_spec(similarity=0.5), dataset=data)

    assert [row["messages"] for row in rows_of(outcome)["train"]] == chats[:3]


def test_a_benchmark_is_compared_by_the_columns_that_it_has(recipes, tmp_path):
    questions = lines(5)
    rows = [{"question": text, "answer": f"answer {number}"} for number, text in enumerate(questions)]
    data = write_rows(tmp_path / "d" / "train.jsonl", rows)
    benchmark = write_rows(
        tmp_path / "b" / "test.jsonl", [{"question": f"{questions[2]} "}, {"question": "x"}]
    )

    outcome = recipes.run(tmp_path / "job", a_spec(benchmark=True), dataset=data, benchmark=benchmark)

    assert [row["answer"] for row in rows_of(outcome)["train"]] == [f"answer {n}" for n in (0, 1, 3, 4)]
    (row,) = removed_rows(outcome)
    assert (row["reason"], row["other_split"], row["other_row"]) == ("benchmark", "test", 0)
    assert values(report_of(outcome).baselines)["benchmark_share"] == pytest.approx(0.2)
    assert "owner/benchmark" in (outcome.folder.output / "README.md").read_text()


def test_a_benchmark_without_the_columns_is_refused(recipes, tmp_path):
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": "a line"}])
    benchmark = write_rows(tmp_path / "b" / "test.jsonl", [{"prompt": "a line"}])

    outcome = recipes.run(tmp_path / "job", a_spec(benchmark=True), dataset=data, benchmark=benchmark)

    assert outcome.fault["code"] == "column_missing"
    assert "prompt" in outcome.fault["message"]


def test_texts_are_cleaned_also_within_chats(recipes, tmp_path):
    chat = [
        {"role": "user", "content": "  cafe\u0301\r\nau\u200b lait \x00"},
        {"role": "assistant", "content": "<p>ok &amp; done</p>"},
    ]
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"messages": chat, "id": 1}])

    outcome = recipes.run(tmp_path / "job", a_spec(strip_html=True), dataset=data)

    (row,) = rows_of(outcome)["train"]
    assert [one["content"] for one in row["messages"]] == ["café\nau lait", "ok & done"]
    assert (row["messages"][0]["role"], row["id"]) == ("user", 1)


def test_personal_data_is_replaced_counted_and_never_in_the_output(recipes, tmp_path):
    texts = [
        "Mail ann@example.com or bob@example.com",
        f"My key is {TOKEN}",
        "Ann@example.com again",
        "nothing",
    ]
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in texts])

    outcome = recipes.run(tmp_path / "job", a_spec(privacy="number", duplicates="exact"), dataset=data)

    assert [row["text"] for row in rows_of(outcome)["train"]] == [
        "Mail [EMAIL_1] or [EMAIL_2]",
        "My key is [SECRET_1]",
        "[EMAIL_1] again",
        "nothing",
    ]
    report = report_of(outcome)
    assert (values(report.baselines)["personal_data"], values(report.scores)["personal_data"]) == (4, 0)
    published = b"".join(file.read_bytes() for file in outcome.folder.output.rglob("*") if file.is_file())
    assert b"ann@example.com" not in published.lower()
    assert TOKEN.encode() not in published + outcome.folder.result.read_bytes()


def test_rows_with_personal_data_are_removed_or_reported(recipes, tmp_path):
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": "ask ann@example.com"}, {"text": "nothing"}])

    removed = recipes.run(tmp_path / "job", a_spec(privacy="remove"), dataset=data)
    reported = recipes.run(tmp_path / "report", a_spec(), dataset=data)

    assert [row["text"] for row in rows_of(removed)["train"]] == ["nothing"]
    assert values(report_of(removed).scores)["personal_data"] == 0
    assert values(report_of(reported).scores)["personal_data"] == 1
    assert NoteCode.PERSONAL_DATA in {note.code for note in report_of(reported).notes}


def test_other_languages_and_lengths_are_removed_and_short_texts_stay(recipes, tmp_path):
    texts = [ENGLISH, GERMAN, "ok!", "", "今天天气很好，我们沿着河边走了好几个小时。", ENGLISH * 30]
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in texts])

    outcome = recipes.run(tmp_path / "job", a_spec(languages=["en", "zh"], max_characters=1000), dataset=data)

    assert [row["text"] for row in rows_of(outcome)["train"]] == [ENGLISH, "ok!", texts[4]]
    reasons = Counter(row["reason"] for row in removed_rows(outcome))
    assert reasons == {"language": 1, "length": 2}
    front = yaml.safe_load((outcome.folder.output / "README.md").read_text().split("---")[1])
    assert set(front["language"]) == {"en", "de", "zh"} or set(front["language"]) >= {"en"}


def test_new_splits_keep_shares_of_labels_and_groups_together(recipes, tmp_path):
    rows = [
        {"text": text, "label": "rare" if number % 5 == 0 else "often", "author": f"author {number // 4}"}
        for number, text in enumerate(lines(400, words=8))
    ]
    data = write_rows(tmp_path / "d" / "train.jsonl", rows)
    params = {"splits": "new", "label_column": "label", "test_share": 0.2, "text_columns": ["text"]}

    plain = rows_of(recipes.run(tmp_path / "job", a_spec(**params), dataset=data))
    again = rows_of(recipes.run(tmp_path / "again", a_spec(**params), dataset=data))
    other = rows_of(recipes.run(tmp_path / "other", a_spec(**params, seed=7), dataset=data))
    grouped = rows_of(recipes.run(tmp_path / "group", a_spec(**params, group_column="author"), dataset=data))

    assert {name: len(split) for name, split in plain.items()} == {"train": 280, "validation": 40, "test": 80}
    for split in plain.values():
        assert sum(row["label"] == "rare" for row in split) == len(split) / 5
    assert plain == again != other
    authors = [{row["author"] for row in split} for split in grouped.values()]
    assert not authors[0] & authors[1] | authors[0] & authors[2] | authors[1] & authors[2]
    assert abs(len(grouped["test"]) - 80) <= 4


def test_kept_repetitions_never_lie_in_two_new_splits(recipes, tmp_path):
    texts = lines(100)
    rows = [{"text": text} for one in texts for text in (one, one.upper(), almost(one))]
    data = write_rows(tmp_path / "d" / "train.jsonl", rows)

    splits = rows_of(recipes.run(tmp_path / "job", a_spec(splits="new", duplicates="keep"), dataset=data))

    assert sum(map(len, splits.values())) == 300
    beginnings = [{row["text"].lower()[:40] for row in split} for split in splits.values()]
    assert sum(map(len, beginnings)) == 100


def test_texts_with_several_labels_are_found_and_removed(recipes, tmp_path):
    rows = [
        ("a plain walk", "good"),
        ("A plain walk", "bad"),
        ("a golden meal", "good"),
        ("a golden meal", "good"),
    ]
    data = write_csv(tmp_path / "d" / "train.csv", rows).parent
    params = {"label_column": "label", "text_columns": ["text"]}

    reported = recipes.run(tmp_path / "job", a_spec(**params), dataset=data)
    removed = recipes.run(tmp_path / "removed", a_spec(**params, conflicts="remove"), dataset=data)

    (note,) = [one for one in report_of(reported).notes if one.code == NoteCode.CONFLICTING_LABELS]
    assert note.values == {"count": 1}
    assert [row["text"] for row in rows_of(removed)["train"]] == ["a golden meal"]


def test_columns_become_a_chat_and_are_renamed(recipes, tmp_path):
    rows = [{"q": "Where is Paris?", "a": "In France.", "topic": "places", "note": "x"}]
    data = write_rows(tmp_path / "d" / "train.jsonl", rows)
    params = {
        "prompt_column": "q",
        "answer_column": "a",
        "columns": ["topic"],
        "rename": {"topic": "category"},
    }

    outcome = recipes.run(tmp_path / "job", a_spec(**params, format="jsonl"), dataset=data)

    chat = [{"role": "user", "content": "Where is Paris?"}, {"role": "assistant", "content": "In France."}]
    assert rows_of(outcome)["train"] == [{"messages": chat, "category": "places"}]
    assert (outcome.folder.output / "data" / "train.jsonl").exists()


def test_class_names_stay_classes_in_parquet(recipes, tmp_path):
    folder = write_rows(
        tmp_path / "d" / "train.jsonl", [{"text": "a", "label": 1}, {"text": "b", "label": 0}]
    )
    names = {"class_label": {"names": {"0": "bad", "1": "good"}}}
    features = [{"name": "text", "dtype": "string"}, {"name": "label", "dtype": names}]
    front = {"license": "mit", "dataset_info": {"features": features}}
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(front)}---\n")

    outcome = recipes.run(tmp_path / "job", a_spec(), dataset=folder)

    found = load_dataset(str(outcome.folder.output), cache_dir=str(tmp_path / "cache"))["train"]
    assert found.features["label"].names == ["bad", "good"]
    front = yaml.safe_load((outcome.folder.output / "README.md").read_text().split("---")[1])
    assert (front["license"], front["source_datasets"]) == ("mit", ["owner/dataset"])
    assert NoteCode.NO_LICENSE not in {note.code for note in report_of(outcome).notes}


def test_csv_cannot_hold_chats(recipes, tmp_path):
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"messages": [{"role": "user", "content": "a"}]}])

    outcome = recipes.run(tmp_path / "job", a_spec(format="csv"), dataset=data)

    assert outcome.fault["code"] == "format_unsuitable"
    assert "messages" in outcome.fault["message"]


def test_a_report_changes_nothing_and_names_what_repeats(recipes, tmp_path):
    first, second = lines(2)
    write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in (first, first, second)])
    data = write_rows(tmp_path / "d" / "test.jsonl", [{"text": almost(second)}])

    outcome = recipes.run(tmp_path / "job", a_spec("data-profile"), dataset=data)

    report = report_of(outcome)
    assert values(report.scores)["rows"] == 4
    assert values(report.scores)["leaked_share"] == pytest.approx(0.25)
    (rows, *_others) = report.views
    assert rows.rows == (("test", 1, 0, 0), ("train", 3, 1, 1))
    listed = pq.read_table(outcome.folder.artifacts / "repeated_rows.parquet").to_pylist()
    assert {(row["split"], row["row"], row["other_split"]) for row in listed} == {
        ("train", 1, "train"),
        ("train", 2, "test"),
    }
    assert not list(outcome.folder.output.iterdir())


def test_images_pass_through_untouched(recipes, tmp_path):
    table = pa.table({"text": ["a line", "a  line"], "bytes": [b"\x00\x01", b"\x02"]})
    (tmp_path / "d").mkdir()
    pq.write_table(table, tmp_path / "d" / "train.parquet")

    outcome = recipes.run(tmp_path / "job", a_spec(), dataset=tmp_path / "d")

    assert rows_of(outcome)["train"] == [{"text": "a line", "bytes": b"\x00\x01"}]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"text_columns": ["absent"]}, "column_missing"),
        ({"label_column": "absent"}, "column_missing"),
        ({"columns": ["absent"]}, "column_missing"),
        ({"rename": {"absent": "x"}}, "column_missing"),
        ({"rename": {"label": "text"}}, "column_missing"),
        ({"subset": "absent"}, "subset_missing"),
        ({"splits": "new", "group_column": "absent"}, "column_missing"),
        ({"prompt_column": "text", "answer_column": "absent"}, "column_missing"),
        ({"min_characters": 5000}, "rows_too_few"),
        ({"names": True}, "library_missing"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(recipes, tmp_path, params, code):
    data = write_dataset(tmp_path / "d", train=20, test=10)

    outcome = recipes.run(tmp_path / "job", a_spec(**params), dataset=data)

    assert outcome.fault["code"] == code


@pytest.mark.parametrize("name", ["data-preparation", "data-profile"])
def test_a_dataset_without_any_text_is_refused(recipes, tmp_path, name):
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": "  ", "label": "good"}, {"text": None}])

    outcome = recipes.run(tmp_path / "job", a_spec(name, text_columns=["text"]), dataset=data)

    assert outcome.fault["code"] == "rows_empty"
    assert not list(outcome.folder.output.iterdir())


def test_short_texts_need_not_be_compared(recipes, tmp_path):
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in ("yes", "yes", ENGLISH)])

    report = report_of(recipes.run(tmp_path / "job", a_spec("data-profile", min_characters=4), dataset=data))

    assert values(report.scores)["repeated_share"] == 0
    assert values(report.scores)["rows"] == 3


def test_more_rows_than_fit_into_memory_are_refused_before_they_are_compared(recipes, tmp_path):
    data = write_rows(tmp_path / "d" / "train.jsonl", [{"text": text} for text in lines(100, words=3)])

    near = recipes.run(tmp_path / "job", a_spec(), dataset=data, memory_bytes=600_000)
    exact = recipes.run(tmp_path / "same", a_spec(duplicates="exact"), dataset=data, memory_bytes=600_000)

    assert near.fault["code"] == "dataset_too_large"
    assert exact.fault is None


def test_a_preparation_repeated_is_the_same_to_the_byte(recipes, tmp_path):
    rows = [(text, label) for text, label in sentences(300) for _ in (0, 1)] + [(" ".join(PLAIN), "good")]
    data = write_csv(tmp_path / "d" / "train.csv", rows).parent
    params = {"splits": "new", "label_column": "label", "text_columns": ["text"], "max_rows": 100}

    one = recipes.run(tmp_path / "one", a_spec(**params), dataset=data)
    two = recipes.run(tmp_path / "two", a_spec(**params), dataset=data)

    def files(outcome) -> dict[str, bytes]:
        output = outcome.folder.output
        return {
            str(file.relative_to(output)): file.read_bytes() for file in output.rglob("*") if file.is_file()
        }

    assert files(one) == files(two)
    assert sum(map(len, rows_of(one).values())) == 100
