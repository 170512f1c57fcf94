"""Which files .gitattributes makes large, and which it ignores."""

import time

import pytest

from apps.registry.gitstore.attributes import (
    DEFAULT_ATTRIBUTES,
    is_ignored,
    is_large_by_rule,
    looks_binary,
    upload_mode,
)


@pytest.mark.parametrize(
    "path",
    [
        "a.bin",
        "deep/in/a.safetensors",
        "x.pkl",
        "x.parquet",
        "x.arrow",
        "x.h5",
        "x.png",
        "x.pdf",
        "x.zip",
        "x.gz",
        "saved_model/a/b",
        "x.tar.xz",
    ],
)
def test_weights_archives_and_images_are_large_by_default(path):
    assert is_large_by_rule(path, DEFAULT_ATTRIBUTES) is True


@pytest.mark.parametrize(
    "path",
    ["a.txt", "README.md", "config.json", "train.py", "notes.text", "bin", "saved_model", ".gitattributes"],
)
def test_texts_are_in_no_default_rule(path):
    assert is_large_by_rule(path, DEFAULT_ATTRIBUTES) is None


def test_the_last_matching_line_wins_as_in_git():
    rules = '*.txt filter=lfs -text\nsmall/*.txt -filter\n# *.md filter=lfs\n"with space.md" filter=lfs\n'

    assert is_large_by_rule("a.txt", rules) is True
    assert is_large_by_rule("small/a.txt", rules) is False
    assert is_large_by_rule("other/small/a.txt", rules) is True
    assert is_large_by_rule("x.md", rules) is None
    assert is_large_by_rule("with space.md", rules) is True


def test_a_file_is_sent_by_rule_then_by_size_then_by_its_first_bytes():
    assert upload_mode("a.bin", 3, b"abc", DEFAULT_ATTRIBUTES) == "lfs"
    assert upload_mode("a.bin", 0, b"", DEFAULT_ATTRIBUTES) == "regular"
    assert upload_mode("a.txt", 11 << 20, b"text", DEFAULT_ATTRIBUTES) == "lfs"
    assert upload_mode("a.data", 5, b"ab\0cd", DEFAULT_ATTRIBUTES) == "lfs"
    assert upload_mode("a.data", 5, b"hello", DEFAULT_ATTRIBUTES) == "regular"
    assert upload_mode("a.bin", 5, b"ab\0cd", "*.bin -filter") == "regular"


def test_a_sample_cut_inside_a_character_is_still_text():
    sample = ("x" * 511 + "\N{GREEK SMALL LETTER ALPHA}").encode()[:512]

    assert not looks_binary(sample)
    assert looks_binary(b"\x89PNG\r\n\x1a\n\xff\x01")


@pytest.mark.parametrize(
    ("path", "rules", "expected"),
    [
        ("a.log", "*.log", True),
        ("deep/a.log", "*.log", True),
        ("deep/a.log", "/*.log", False),
        ("build/x/y", "build/", True),
        ("build", "build/", False),
        ("src/build/x", "build/", True),
        ("keep.log", "*.log\n!keep.log", False),
        ("out/keep.log", "out/\n!out/keep.log", True),
        ("a/b/c.txt", "a/**/c.txt", True),
        ("a/c.txt", "a/**/c.txt", True),
        ("logs/x", "logs/**", True),
        ("logs", "logs/**", False),
        ("x/logs", "**/logs", True),
        ("a1.txt", "a[0-9].txt", True),
        ("ab.txt", "a[^0-9].txt", True),
        ("a*.txt", r"a\*.txt", True),
        ("ab.txt", r"a\*.txt", False),
    ],
)
def test_ignore_lines_read_as_git_reads_them(path, rules, expected):
    assert is_ignored(path, rules) is expected


def test_a_hostile_pattern_is_matched_in_no_time():
    rules = "a*" * 60 + "b filter=lfs\n" + "**/x/" * 40 + "y filter=lfs"
    begun = time.monotonic()

    assert is_large_by_rule("a" * 250 + "/x" * 90, rules) is None

    assert time.monotonic() - begun < 1
