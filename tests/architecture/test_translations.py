"""Every translatable string has a complete, well-formed Chinese translation."""

import re

import polib
import pytest
from django.utils import translation

from tests.architecture.extraction import ROOT, in_python, in_template, sentences

CATALOG = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
HAN = r"[\u4e00-\u9fff]"


@pytest.fixture(scope="module")
def entries() -> dict[str, polib.POEntry]:
    return {entry.msgid: entry for entry in polib.pofile(str(CATALOG)) if not entry.obsolete}


def words_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_sentence_has_a_translation(entries):
    translated = {entry.msgid for entry in entries.values() if all(words_of(entry))}

    assert {
        words: str(file.relative_to(ROOT)) for words, file in sentences().items() if words not in translated
    } == {}


def test_no_translation_is_fuzzy(entries):
    assert [entry.msgid for entry in entries.values() if entry.fuzzy] == []


def test_translations_keep_placeholders(entries):
    wrong = [
        entry.msgid
        for entry in entries.values()
        for words in words_of(entry)
        if not set(PLACEHOLDER.findall(words))
        <= set(PLACEHOLDER.findall(entry.msgid + (entry.msgid_plural or "")))
        or (
            not entry.msgid_plural
            and set(PLACEHOLDER.findall(words)) != set(PLACEHOLDER.findall(entry.msgid))
        )
    ]

    assert wrong == []


def test_chinese_is_set_as_chinese(entries):
    """A space between Han and Latin, full-width punctuation after Han, no exclamation marks."""
    bad = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}|{HAN}[,;:!?]|[!！]|{HAN}\.(\s|$)")
    bare = re.compile(r"<[^>]+>|%\(\w+\)[sd]|\{\w*\}")

    assert [
        words for entry in entries.values() for words in words_of(entry) if bad.search(bare.sub("", words))
    ] == []


def test_the_extraction_sees_python_and_templates():
    code = '_("One")\nngettext("Two", "Twos", n)\npgettext("c", "Three")'
    page = (
        '{% translate "One" %}<c-x title="{% translate \'Two\' %}">'
        "{% blocktranslate %}Three {{ n }}{% endblocktranslate %}"
    )

    assert list(in_python(code)) == ["One", "Two", "Three"]
    assert list(in_template(page)) == ["One", "Two", "Three %(n)s"]


def test_a_page_is_chinese_on_request(client, db):
    with translation.override("en"):  # restore the language, which the request leaves active in this thread
        answer = client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9"})

    assert answer.headers["Content-Language"] == "zh-hans"
    with translation.override("zh-hans"):
        assert translation.gettext("Datasets") != "Datasets"
        assert translation.gettext("Datasets") in answer.content.decode()
