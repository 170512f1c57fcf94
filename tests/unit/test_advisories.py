"""Pinned packages compared with sample records in the OSV format."""

import json
import re
import zipfile
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command

from ecosystem.advisories.matching import Package, find_hits
from ecosystem.advisories.versions import SCRIPTS, read_pins, semver

ROOT = Path(__file__).resolve().parents[2]


def a_record(
    *events, id="PYSEC-1", name="Some.Package", ecosystem="PyPI", kind="ECOSYSTEM", versions=(), **facts
):
    ranges = [{"type": kind, "events": list(events)}] if events else []
    return {
        "id": id,
        "affected": [
            {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges, "versions": list(versions)}
        ],
        **facts,
    }


def is_hit(version, *events, name="some_package", ecosystem="PyPI", **facts) -> bool:
    record = a_record(*events, ecosystem=ecosystem, **facts)
    return bool(list(find_hits([Package(ecosystem, name, version)], [record], pytest.fail)))


FROM_START, FIXED = {"introduced": "0"}, {"fixed": "1.10"}


@pytest.mark.parametrize(
    ("version", "events", "expected"),
    [
        ("1.9", [FROM_START, FIXED], True),
        ("1.10", [FROM_START, FIXED], False),
        ("1.10rc1", [FROM_START, FIXED], True),
        ("1.10.post1", [FROM_START, FIXED], False),
        ("1.9+cpu", [FROM_START, {"last_affected": "1.9"}], True),
        ("1.9", [FROM_START, {"last_affected": "1.9"}], True),
        ("1.9.1", [FROM_START, {"last_affected": "1.9"}], False),
        ("1.1", [{"introduced": "1.2"}], False),
        ("5", [{"introduced": "1.2"}], True),
        ("2.5", [{"fixed": "3"}, {"introduced": "2"}, {"fixed": "1.10"}, {"introduced": "0"}], True),
        ("1.11", [{"fixed": "3"}, {"introduced": "2"}, {"fixed": "1.10"}, {"introduced": "0"}], False),
        ("2.5", [FROM_START, {"limit": "2"}], False),
        ("1.5", [FROM_START, {"limit": "2"}], True),
        ("2.5", [FROM_START, {"limit": "*"}], True),
        ("1!1.0", [FROM_START, FIXED], False),
    ],
)
def test_a_range_is_evaluated_in_the_order_of_versions(version, events, expected):
    assert is_hit(version, *events) is expected


@pytest.mark.parametrize(("version", "expected"), [("1.0", True), ("1.0.0", True), ("1.1", False)])
def test_listed_versions_count_however_they_are_spelled(version, expected):
    assert is_hit(version, versions=["1.0", "no version at all"]) is expected


def test_names_are_compared_as_the_index_does_and_within_their_ecosystem():
    assert is_hit("1", FROM_START, name="some-package")
    assert is_hit("1", FROM_START, name="SOME__package")
    assert not is_hit("1", FROM_START, name="somepackage")
    assert not list(
        find_hits(
            [Package("PyPI", "htmx.org", "1")],
            [a_record(FROM_START, ecosystem="npm", name="htmx.org")],
            pytest.fail,
        )
    )


def test_withdrawn_records_and_commit_ranges_are_ignored():
    assert not is_hit("1", FROM_START, withdrawn="2026-01-01T00:00:00Z")
    assert not is_hit("1", FROM_START, kind="GIT")


def test_npm_versions_have_their_own_order():
    ordered = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
        "1.9.0",
        "1.10.0",
    ]

    assert sorted(Random(1).sample(ordered, len(ordered)), key=semver) == ordered
    assert is_hit(
        "2.0.10", FROM_START, {"fixed": "2.0.11"}, kind="SEMVER", ecosystem="npm", name="some.package"
    )


@pytest.mark.parametrize(
    "affected",
    [
        "text",
        ["text"],
        [{"package": "text"}],
        [{"package": {"name": 1, "ecosystem": "PyPI"}}],
        [{"package": {"name": "some-package", "ecosystem": "PyPI"}, "ranges": "text"}],
        [{"package": {"name": "some-package", "ecosystem": "PyPI"}, "ranges": [7]}],
        [{"package": {"name": "some-package", "ecosystem": "PyPI"}, "versions": [7]}],
        [
            {
                "package": {"name": "some-package", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "1"}]}],
            }
        ],
        [
            {
                "package": {"name": "some-package", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "x"}]}],
            }
        ],
    ],
)
def test_invalid_records_are_counted_and_skipped(affected):
    bad: list[str] = []
    records = [{"id": "BAD", "affected": affected}, a_record(FROM_START, id="GOOD")]

    hits = list(find_hits([Package("PyPI", "some-package", "1")], records, bad.append))

    assert ([hit.id for hit in hits], bad) == (["GOOD"], ["BAD"])


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "lock.txt"
    path.write_text("# made by hand\nsome-package==1.9\nOther[extra]==2 ; python_version > '3'\n")
    return path


RECORD = a_record(FROM_START, FIXED, aliases=["CVE-2026-1"], summary="It \x1b[31mbreaks\nin two")


def export(tmp_path, form: str, records) -> Path:
    if form == "zip":
        with zipfile.ZipFile(path := tmp_path / "all.zip", "w") as archive:
            for record in records:
                archive.writestr(f"{record['id']}.json", json.dumps(record))
    elif form == "folder":
        (path := tmp_path / "all").mkdir()
        for record in records:
            (path / f"{record['id']}.json").write_text(json.dumps(record))
    else:
        path = tmp_path / f"all.{form}"
        path.write_text(json.dumps(records) if form == "json" else "\n".join(map(json.dumps, records)))
    return path


def check(*arguments) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("check_advisories", *map(str, arguments))
    return ended.value.code or 0


@pytest.mark.parametrize("form", ["zip", "folder", "json", "jsonl"])
def test_each_form_of_an_export_is_read_and_a_hit_is_one_plain_line(tmp_path, lock, capsys, form):
    records = [
        RECORD,
        a_record(FROM_START, id="PYSEC-2", name="other"),
        a_record(FROM_START, id="PYSEC-3", name="elsewhere"),
    ]

    code = check("--osv", export(tmp_path, form, records), "--lock", lock)

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "some-package 1.9 | PYSEC-1 CVE-2026-1 | fixed in 1.10 | It  [31mbreaks",
        "Other 2 | PYSEC-2 | no fix known | ",
    ]


def test_no_hit_is_status_0(tmp_path, lock):
    assert (
        check("--osv", export(tmp_path, "zip", [a_record(FROM_START, name="elsewhere")]), "--lock", lock) == 0
    )


def test_what_cannot_be_read_is_status_2(tmp_path, lock, capsys):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "empty").mkdir()
    (tmp_path / "loose.txt").write_text("some-package>=1\n")
    good = export(tmp_path, "zip", [RECORD])

    for path in ("absent.zip", "broken.json", "empty"):
        assert check("--osv", tmp_path / path, "--lock", lock) == 2
    assert check("--osv", good, "--lock", tmp_path / "absent.txt") == 2
    assert check("--osv", good, "--lock", tmp_path / "loose.txt") == 2
    assert "some-package>=1" in capsys.readouterr().err


def test_broken_and_huge_records_are_counted_and_the_others_are_read(tmp_path, lock, capsys, monkeypatch):
    monkeypatch.setattr("ecosystem.advisories.records.RECORD_LIMIT_BYTES", 10_000)
    with zipfile.ZipFile(path := tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", "{")
        archive.writestr("b.json", " " * 20_000_000)
        archive.writestr("c.json", "[" * 5_000)
        archive.writestr("d.json", '"text"')
        archive.writestr("e.json", json.dumps(RECORD))

    assert check("--osv", path, "--lock", lock) == 1

    output = capsys.readouterr()
    assert "PYSEC-1" in output.out
    assert re.search(r"\b4\b", output.err)


def test_the_lock_of_this_repository_can_be_read():
    pins = read_pins(ROOT / "constraints.txt")

    assert len(pins) > 50
    assert pins["django"].startswith("5.2")


def test_the_listed_scripts_are_those_that_are_served():
    uplot = (ROOT / "static/vendor/uplot/uPlot.iife.min.js").read_text()[:200]
    htmx = files("django_htmx").joinpath("static/django_htmx/htmx-2.min.js").read_text()

    assert re.search(r"\(v([\d.]+)\)", uplot)[1] == SCRIPTS["uplot"]
    assert re.search(r'version:"([\d.]+)"', htmx)[1] == SCRIPTS["htmx.org"]
    # a minified file of mermaid says its version, one of altcha does not
    assert f'"{SCRIPTS["mermaid"]}"' in (ROOT / "static/vendor/mermaid/mermaid.min.js").read_text()
    assert {path.name for path in (ROOT / "static/vendor").iterdir()} == SCRIPTS.keys() - {"htmx.org"}
