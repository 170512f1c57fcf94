"""Cards: bounded YAML, required fields, derived values."""

import datetime

import pytest

from apps.registry.formats.cards import (
    BadYaml,
    derive_facts,
    read_yaml,
    split_front_matter,
    to_storable,
    validate_card,
)
from apps.registry.repos.addresses import RepoKind


def card(yaml: str, body: str = "") -> str:
    return f"---\n{yaml}\n---\n{body}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\na: 1\n---\nbody", ("a: 1\n", "body")),
        ("\ufeff---\r\na: 1\r\n---", ("a: 1\r\n", "")),
        ("\n\n---\na: 1\n---\n", ("a: 1\n", "")),
        ("---\n---\nbody", ("", "body")),
        ("no metadata", (None, "no metadata")),
        ("---\nnever closed", (None, "---\nnever closed")),
        ("", (None, "")),
    ],
)
def test_metadata_is_between_two_lines_of_dashes(text, expected):
    assert split_front_matter(text) == expected


def test_words_stay_words_as_in_yaml_one_point_two():
    values = read_yaml("language: no\nday: 2024-01-01\ntime: 12:30:45\nswitch: on\nhex: 0x1f")

    assert values == {
        "language": "no",
        "day": "2024-01-01",
        "time": "12:30:45",
        "switch": "on",
        "hex": "0x1f",
    }
    assert read_yaml("number: 007\nyes: true\nrate: 1e3\nnothing: ~") == {
        "number": 7,
        "yes": True,
        "rate": 1000.0,
        "nothing": None,
    }


def test_values_can_be_stored_as_json():
    values = read_yaml(
        'nan: .nan\ninf: .inf\nnul: "a\\0b"\n1: one\nset: !!set {a, b}\nday: !!timestamp 2024-01-01'
    )

    assert (values["nan"], values["inf"], values["nul"], values["1"]) == (None, None, "ab", "one")
    assert values["day"] == str(datetime.date(2024, 1, 1))
    assert to_storable({"half": "\ud800"})["half"].encode()


def billion_laughs() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c",
        "a: 1\na: 2",
        "x: &x [*x]",
        "a: *missing",
        "a: [",
        "!!python/object/apply:os.system [id]",
        "? [1, 2]\n: 3",
        "a: " + "[" * 100 + "]" * 100,
        "\t- a",
        "a: \x01",
        "<<: 3",
        "a: !!int abc",
        "a: !!float abc",
        "a: !!timestamp abc",
        "a: !!omap 3",
        "a: !!binary é",
        "a: " + "x" * (1 << 20),
        billion_laughs(),
    ],
)
def test_what_is_not_plain_yaml_or_too_much_is_refused(text):
    with pytest.raises(BadYaml):
        read_yaml(text)


def test_an_error_names_its_line():
    report = validate_card(card("license: mit\ntags: [a"))

    assert "line " in report.errors[0]
    assert not report.is_valid


def test_a_license_must_be_one_of_the_list():
    report = validate_card(card("license: nobodys-own"))

    assert report.errors[0].startswith('"license" ')
    assert report.errors[0] in report.text
    assert validate_card(card("license: [mit, apache-2.0]")).is_valid


@pytest.mark.parametrize(
    ("yaml", "key"),
    [
        ("model-index: 3", "model-index"),
        ("model-index:\n  name: x", "model-index"),
        ("model-index:\n- results: []", "model-index[0].name"),
        ("model-index:\n- name: x\n  results: 3", "model-index[0].results"),
        ("tags: one", "tags"),
        ("datasets: {a: b}", "datasets"),
        ("language: {en: 1}", "language"),
        ("pipeline_tag: [a]", "pipeline_tag"),
        ("- a\n- b", None),
    ],
)
def test_what_has_the_wrong_shape_is_an_error(yaml, key):
    (error,) = validate_card(card(yaml)).errors

    assert (error.split('"')[1] if '"' in error else None) == key


def test_what_could_be_better_is_only_a_warning():
    assert validate_card("# no metadata").is_valid
    assert validate_card("# no metadata").warnings
    assert validate_card(card("pipeline_tag: mind-reading\nlanguage: klingonese")).is_valid
    assert len(validate_card(card("pipeline_tag: mind-reading\nlanguage: klingonese")).warnings) == 2


def test_an_application_names_a_known_sdk():
    assert not validate_card(card("sdk: cobol"), RepoKind.SPACE).is_valid
    assert validate_card(card("sdk: gradio"), "space").is_valid


def test_task_and_library_are_guessed_where_the_card_is_silent():
    config = {"architectures": ["BertForSequenceClassification"], "model_type": "bert"}

    guessed = derive_facts(RepoKind.MODEL, {}, "", config, ["config.json", "model.safetensors"])
    said = derive_facts(
        RepoKind.MODEL, {"pipeline_tag": "fill-mask", "library_name": "keras"}, "", config, ["config.json"]
    )

    assert (guessed.task, guessed.library) == ("text-classification", "transformers")
    assert guessed.tags == ["transformers", "safetensors", "bert", "text-classification"]
    assert (said.task, said.library) == ("fill-mask", "keras")


def test_adapters_and_data_sets_are_tagged_as_the_hub_does():
    adapter = derive_facts(
        RepoKind.MODEL, {"base_model": "owner/base", "language": "en"}, "", {}, ["adapter_config.json"]
    )
    data = derive_facts(
        RepoKind.DATASET,
        {"language": ["en", "fr"], "task_categories": ["text-classification"], "size_categories": "1K<n<10K"},
        "",
        {},
        [],
    )

    assert adapter.tags == ["peft", "en", "base_model:owner/base", "base_model:adapter:owner/base"]
    assert data.task == "text-classification"
    assert data.tags == [
        "task_categories:text-classification",
        "size_categories:1K<n<10K",
        "language:en",
        "language:fr",
    ]


def test_any_shape_of_card_gives_facts_and_no_error():
    odd = {
        key: {"a": [1, {"b": 2}]}
        for key in (
            "license",
            "language",
            "tags",
            "datasets",
            "base_model",
            "pipeline_tag",
            "library_name",
            "pretty_name",
        )
    }

    facts = derive_facts(RepoKind.MODEL, odd, "", {"architectures": 3, "model_type": None}, [])

    assert facts.tags == []


def test_the_description_is_the_first_paragraph_of_prose():
    noise = "![badge](x)\n\n<img src=x>\n\n```\ncode\n\nmore\n```\n\n- a list"
    body = f"# Name\n\n{noise}\n\nReads [feelings](http://example.com)\nfrom tweets.\n\nMore."

    facts = derive_facts(RepoKind.MODEL, {}, body, {}, [])

    assert (facts.title, facts.description) == ("Name", "Reads feelings from tweets.")
