"""Every translatable string has a complete, well-formed Chinese translation, in the catalog of its app."""

import re
from collections import defaultdict
from pathlib import Path

import polib
import pytest
from django.utils import translation

from apps.core.text import catalogs as site_catalogs
from tests.architecture.extraction import ROOT, in_python, in_template, sentences
from tests.catalogs import entries_in, home_of, locale_folders

PROJECT, CORE = ROOT / "locale", ROOT / "apps/core/locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
HAN = r"[\u4e00-\u9fff]"


@pytest.fixture(scope="module")
def catalogs() -> dict[Path, list[polib.POEntry]]:
    return {folder: list(entries_in(folder)) for folder in locale_folders()}


@pytest.fixture(scope="module")
def entries(catalogs) -> list[polib.POEntry]:
    return [entry for found in catalogs.values() for entry in found]


def words_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_sentence_has_a_translation_where_it_belongs(catalogs):
    """In the catalog of its app, or in one that all apps share: core's or the project's."""
    translated = {
        folder: {entry.msgid for entry in found if all(words_of(entry))} for folder, found in catalogs.items()
    }
    shared = translated[PROJECT] | translated.get(CORE, set())

    assert [
        (words, str(home.relative_to(ROOT)))
        for words, files in sentences().items()
        for home in {home_of(file) for file in files}
        if words not in shared | translated.get(home, set())
    ] == []


def test_an_apps_catalog_has_its_own_sentences_alone(catalogs):
    used = defaultdict(set)
    for words, files in sentences().items():
        for file in files:
            used[home_of(file)].add(words)

    assert [
        (str(folder.relative_to(ROOT)), entry.msgid)
        for folder, found in catalogs.items()
        if folder != PROJECT
        for entry in found
        if entry.msgid not in used[folder]
    ] == []


def test_a_sentence_is_translated_in_one_way(catalogs):
    """The site merges all catalogs, so that of one app would decide for all."""
    ways = defaultdict(set)
    for found in catalogs.values():
        for entry in found:
            ways[entry.msgctxt, entry.msgid].add(tuple(words_of(entry)))

    assert [key for key, found in ways.items() if len(found) > 1] == []


def test_every_catalog_is_one_that_the_site_loads():
    assert set(locale_folders()) == set(site_catalogs.locale_folders())


@pytest.mark.parametrize(
    ("file", "home"),
    [
        ("apps/toolchain/jobs/services/claim.py", "apps/toolchain/jobs"),
        ("apps/registry/protocols/hub/errors.py", "apps/registry/protocols"),
        ("apps/core/search/views.py", "apps/core"),
        ("templates/core/search.html", "apps/core"),
        ("templates/toolchain/jobs/list.html", "apps/toolchain/jobs"),
        ("templates/layouts/_header.html", "."),
        ("templates/account/login.html", "."),
        ("ecosystem/errors.py", "."),
        ("tests/sample/templates/sample/list.html", "tests/sample"),
    ],
)
def test_a_file_belongs_to_one_catalog(file, home):
    assert home_of(Path(file)) == (ROOT / home / "locale").resolve()


def test_no_translation_is_fuzzy(entries):
    assert [entry.msgid for entry in entries if entry.fuzzy] == []


def test_translations_keep_placeholders(entries):
    wrong = [
        entry.msgid
        for entry in entries
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

    assert [words for entry in entries for words in words_of(entry) if bad.search(bare.sub("", words))] == []


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
