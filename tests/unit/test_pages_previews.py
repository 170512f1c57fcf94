"""Rows, columns and tensors of files, read by range and within limits."""

import io
import json
import re

import pytest

from apps.registry.formats.source import Source, Unreadable, source_of_bytes
from apps.registry.formats.tables.rows import format_of, read_rows
from apps.registry.formats.tables.summary import kind_of, sample_of, summaries_of, summarize
from apps.registry.formats.tables.table import Position
from apps.registry.formats.tensors import tensors_of
from apps.toolchain.contracts import ColumnFacts
from apps.toolchain.contracts.recipes.text_classification import label_column, text_column
from tests.seed import csv_rows, safetensors

FROM_START = Position()


def traced_source(data: bytes, name: str = "spied") -> tuple[Source, list[tuple[int, int]]]:
    """Return a source of bytes and the list of ranges read from it."""
    seen: list[tuple[int, int]] = []

    def read(start: int, end: int) -> bytes:
        seen.append((start, end))
        return data[start:end]

    return Source(name, len(data), read), seen


def parquet(rows: int, group: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "text": [f"line {n}" for n in range(rows)],
            "label": pa.array([n % 2 for n in range(rows)]).dictionary_encode(),
            "vector": pa.array([[0.5, 1.5]] * rows),
            "picture": [b"\x89PNG"] * rows,
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=group)
    return file.getvalue()


def test_csv_is_paged_without_reading_what_lies_behind_the_page():
    source, ranges = traced_source(csv_rows(60_000).encode())

    first = read_rows(source, "CSV", FROM_START, 50)
    second = read_rows(source, "CSV", Position.parse(str(first.next)), 50)

    assert first.columns == ["text", "label"]
    assert [row[0] for row in second.rows[:2]] == [
        "the best of the year, line 50",
        "nothing works here, line 51",
    ]
    assert second.first == 50
    assert sum(end - start for start, end in ranges) < source.size / 2


def test_csv_keeps_line_breaks_inside_quotes_and_pages_behind_them():
    source = source_of_bytes("k", b'text,label\n"two\nlines",1\n"three\r\nlines",0\nplain,1\n')

    page = read_rows(source, "CSV", FROM_START, 2)
    rest = read_rows(source, "CSV", page.next, 2)

    assert [row[0] for row in page.rows] == ["two\nlines", "three\r\nlines"]
    assert [row[0] for row in rest.rows] == ["plain"]
    assert rest.next is None


@pytest.mark.parametrize(
    ("text", "columns"),
    [("a;b\n1;2\n", ["a", "b"]), ("a\tb\n1\t2\n", ["a", "b"]), ("a|b|c,d\n", ["a", "b", "c,d"])],
)
def test_the_delimiter_is_the_commonest_in_the_first_line(text, columns):
    assert read_rows(source_of_bytes("k", text.encode()), "CSV", FROM_START, 5).columns == columns


def test_a_row_of_another_width_is_shown_with_a_note():
    table = read_rows(source_of_bytes("k", b"a,b\n1\n1,2,3\n"), "CSV", FROM_START, 5)

    assert table.rows == [["1", None], ["1", "2"]]
    assert len(table.notes) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"text,label\ncaf\xe9,1\n", "14 .*0xE9"),
        (b"\xff\xfet\x00e\x00", "UTF-16"),
        (b"text\n" + b"x" * (5 << 20), "4 MiB"),
        (b'text\n"' + b"x\n" * (3 << 20), "CSV"),
    ],
)
def test_invalid_csv_is_reported(data, words):
    with pytest.raises(Unreadable, match=words):
        read_rows(source_of_bytes("k", data), "CSV", FROM_START, 5)


def test_json_lines_are_paged_and_columns_appear_as_found():
    lines = [json.dumps({"text": f"line {n}", **({"extra": [n]} if n == 1 else {})}) for n in range(4)]
    source = source_of_bytes("k", ("\n".join(lines) + "\n").encode())

    page = read_rows(source, "JSON Lines", FROM_START, 2)
    rest = read_rows(source, "JSON Lines", page.next, 9)

    assert page.columns == ["text", "extra"]
    assert page.rows == [["line 0", None], ["line 1", [1]]]
    assert rest.rows == [["line 2"], ["line 3"]]
    assert (rest.first, rest.next) == (2, None)


def test_a_broken_line_is_left_out_and_named():
    table = read_rows(source_of_bytes("k", b'{"a": 1}\n{broken\n{"a": 2}\n'), "JSON Lines", FROM_START, 9)

    assert table.rows == [[1], [2]]
    assert [re.findall(r"\d+", note) for note in table.notes] == [["1"]]


def test_a_multiline_json_array_suggests_json_lines():
    with pytest.raises(Unreadable, match="JSON Lines"):
        read_rows(source_of_bytes("k", b'[\n{"a": 1}\n]\n'), "JSON Lines", FROM_START, 5)


def test_parquet_rows_come_from_the_middle_of_a_file_by_range(db):
    source, ranges = traced_source(parquet(200_000, 20_000))

    table = read_rows(source, "Parquet", Position(0, 100_010), 3)

    assert table.rows[0] == ["line 100010", 0, [0.5, 1.5], "<4 bytes>"]
    assert table.kinds == ["text", "integer", "list", "bytes"]
    assert (table.total, table.next) == (200_000, Position(0, 100_013))
    assert sum(end - start for start, end in ranges) < source.size * 0.3


@pytest.mark.parametrize(
    "data",
    [b"text,label\n1,2\n", b"PAR1" + b"\0" * 30 + b"PAR1", parquet(50, 50)[:-9] + b"\xff\xff\xff\x7fPAR1"],
)
def test_a_broken_parquet_file_is_an_answer_and_not_a_fault(db, data):
    with pytest.raises(Unreadable, match="Parquet"):
        read_rows(source_of_bytes(f"broken-{len(data)}", data), "Parquet", FROM_START, 5)


def test_a_page_behind_the_end_is_empty(db):
    assert read_rows(source_of_bytes("short", parquet(10, 10)), "Parquet", Position(0, 500), 5).rows == []
    assert read_rows(source_of_bytes("k", b"a,b\n1,2\n"), "CSV", Position(500, 3), 5).rows == []


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2"], "integer"),
        (["1.5", "2e3"], "number"),
        (["true", "False"], "boolean"),
        (["1", "x"], "text"),
        ([1, 2.5], "number"),
        ([True], "boolean"),
        ([{"a": 1}], "object"),
        ([[1]], "list"),
        ([], "empty"),
        ([1, "x"], "text"),
    ],
)
def test_the_kind_of_a_column_is_read_from_its_values(values, kind):
    assert kind_of(values) == kind


def test_summaries_count_classes_lengths_and_ranges(db):
    by_name = {one.name: one for one in summaries_of(source_of_bytes("csv-1", csv_rows(100).encode()), "CSV")}

    assert by_name["label"].titles == ["0: 50", "1: 50"]
    assert by_name["label"].is_class
    assert sum(by_name["text"].counts) == 100
    assert by_name["text"].words == "26 – 30 characters"


def test_bins_of_whole_numbers_begin_and_end_at_whole_numbers():
    summary = summarize("n", "integer", list(range(100)))

    assert summary.titles[0] == "0 – 9: 10"
    assert len(summary.counts) == 10


def test_text_and_label_columns_are_guessed_by_name_and_then_by_content(db):
    named = summaries_of(
        source_of_bytes("guess-1", b"id,review,sentiment\n1,a fine film,pos\n2,a dull one,neg\n"), "CSV"
    )
    plain = summaries_of(
        source_of_bytes(
            "guess-2", b"words,score\n" + b"".join(b"line %d of many,%d\n" % (n, n % 3) for n in range(40))
        ),
        "CSV",
    )

    named, plain = (
        [ColumnFacts(one.name, one.kind, one.is_class) for one in each] for each in (named, plain)
    )
    assert (text_column(named), label_column(named)) == ("review", "sentiment")
    assert (text_column(plain), label_column(plain)) == ("words", "score")


def test_tensors_are_read_from_the_header_alone():
    source, ranges = traced_source(safetensors({"a": (1000, 1000), "b": (3,)}))

    tensors = tensors_of(source)

    assert [(one.name, one.dtype, one.shape_words, one.parameters) for one in tensors.rows] == [
        ("a", "F32", "1000 × 1000", 1_000_000),
        ("b", "F32", "3", 3),
    ]
    assert tensors.total == 1_000_003
    assert sum(end - start for start, end in ranges) < 1000


def test_tensors_are_listed_by_the_numbers_of_their_layers():
    source, _ranges = traced_source(safetensors({f"layers.{number}.weight": (1,) for number in (10, 2, 1)}))

    assert [one.name.split(".")[1] for one in tensors_of(source).rows] == ["1", "2", "10"]


@pytest.mark.parametrize("data", [b"", b"\xff" * 8, (2).to_bytes(8, "little") + b"[]"])
def test_a_header_that_is_none_is_named(data):
    tensors = tensors_of(source_of_bytes("k", data))

    assert (tensors.rows, bool(tensors.problem)) == ([], True)


def test_a_header_that_is_too_large_for_a_page_is_not_read():
    data = (5 << 20).to_bytes(8, "little") + b"{" * (6 << 20)

    with pytest.raises(Unreadable):
        tensors_of(source_of_bytes("k", data))


def test_the_valid_tensors_of_a_malformed_file_are_shown():
    header = b'{"a":{"dtype":"F2_NEW","shape":[8],"data_offsets":[0,2]},"b":3,"__metadata__":{"k":[1]}}'

    tensors = tensors_of(source_of_bytes("k", len(header).to_bytes(8, "little") + header + b"xxx"))

    assert [(one.name, one.dtype, one.shape) for one in tensors.rows] == [("a", "F2_NEW", (8,))]
    assert (tensors.metadata, bool(tensors.problem)) == ({"k": "[1]"}, True)


def test_formats_are_known_by_the_ending():
    assert (format_of("a/b.PARQUET"), format_of("x.jsonl"), format_of("parquet"), format_of("x.txt")) == (
        "Parquet",
        "JSON Lines",
        "",
        "",
    )


def test_a_sample_leaves_empty_values_out():
    table = read_rows(source_of_bytes("k", b"a,b\n1,\n2,x\n"), "CSV", FROM_START, 9)

    assert sample_of(table) == [("a", "integer", [1.0, 2.0]), ("b", "text", ["x"])]
