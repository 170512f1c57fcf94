"""Cleaning and comparing texts."""

import time

import pyarrow as pa
import pytest

from workers.ml.preparation.languages import UNKNOWN, language_of
from workers.ml.preparation.texts import clean_text, holds_text, key_of, texts_in, without_html, words_of


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  a\r\nb\rc\u2028d  ", "a\nb\nc\nd"),
        ("cafe\u0301", "caf\u00e9"),
        ("zero\u200bwidth\ufeff\x00\x07", "zerowidth"),
        ("trailing  \t\nspace", "trailing\nspace"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("    indented\n    code", "indented\n    code"),
        ("two  spaces", "two  spaces"),
    ],
)
def test_a_text_is_cleaned_and_keeps_what_has_a_meaning(text, clean):
    assert clean_text(text) == clean
    assert clean_text(clean) == clean


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>one</p><p>two &amp; three</p>", "\none\n\ntwo & three\n"),
        ("a<br/>b<!-- gone --><span class='x'>c</span>", "a\nbc"),
        ("1 < 2 and 3 > 2, a <- b, <3", "1 < 2 and 3 > 2, a <- b, <3"),
        ("&lt;kept as text&gt;", "<kept as text>"),
    ],
)
def test_tags_go_and_comparisons_stay(text, plain):
    assert without_html(text) == plain


def test_texts_that_differ_in_case_width_and_spaces_have_one_key():
    assert key_of("  The\tFilm ") == key_of("the film") == key_of("ｔｈｅ　ｆｉｌｍ")
    assert key_of("the film") != key_of("the film!")


def test_words_are_compared_without_marks_but_not_without_anything():
    assert words_of("Don't – stop!") == "don t stop"
    assert words_of("!!!") == "!!!"


def test_texts_are_found_within_lists_and_structs_but_not_the_roles_of_chats():
    chat = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))

    assert [holds_text(kind) for kind in (chat, pa.list_(pa.int64()))] == [True, False]
    assert list(texts_in([{"role": "user", "content": "hi"}, {"from": "gpt", "value": "ho"}])) == ["hi", "ho"]
    assert list(texts_in({"role": "hero", "name": "Ann"})) == ["hero", "Ann"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The weather was lovely in the morning and we walked along the river.", "en"),
        ("Das Wetter war am Morgen herrlich, und wir sind am Fluss spaziert.", "de"),
        ("今天天气很好，我们沿着河边走了好几个小时。", "zh"),
        ("ok", UNKNOWN),
        ("1234567890 1234567890 1234567890", UNKNOWN),
    ],
)
def test_the_language_of_a_text_is_told_or_left_open(text, code):
    assert language_of(text) == code


@pytest.mark.parametrize(
    "part", ["<", "<p", "<p ", "<!--", "<!-- -", "&amp", " ", "\n", " \n", "\t\r", "\u0301", "\ufdfa"]
)
def test_hostile_texts_are_cleaned_in_linear_time(part):
    text = part * (200_000 // len(part))
    started = time.process_time()

    clean_text(without_html(text))
    key_of(text)
    words_of(text)

    assert time.process_time() - started < 2.0
