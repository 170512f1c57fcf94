"""Parsing shared by the protocols: JSON documents, numbers, cursors, conditions."""

import pytest
from django.http import QueryDict

from apps.core.errors import BadRequest
from apps.core.web.etags import matches_etag
from apps.core.web.pagination import decode_cursor, encode_cursor, next_link
from apps.core.web.params import (
    INT_MOST,
    BadJson,
    UnstorableText,
    page_int,
    parse_int,
    parse_json,
    parse_json_object,
)


@pytest.mark.parametrize("text", ['"\\u0000"', '{"\\ud800": 1}', '[["a\\u0000b"]]'])
def test_text_that_cannot_be_stored_is_refused_or_cleaned(text):
    with pytest.raises(UnstorableText):
        parse_json(text.encode())

    assert "\N{REPLACEMENT CHARACTER}" in str(parse_json(text.encode(), cleans_text=True))


def test_an_escaped_pair_of_surrogates_is_one_character():
    assert parse_json(b'"\\ud83c\\udf33"') == "\N{DECIDUOUS TREE}"


def test_a_byte_order_mark_is_skipped():
    assert parse_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("data", [b'"\xed\xa0\x80"', "{}".encode("utf-16"), b"Infinity", b"[" * 100_000, b""])
def test_anything_but_json_in_utf_8_is_refused(data):
    with pytest.raises(BadJson):
        parse_json(data)


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"{}"'])
def test_other_values_are_no_objects(data):
    with pytest.raises(BadJson):
        parse_json_object(data)


@pytest.mark.parametrize(
    "text", ["", "-1", "1.0", "1e3", "\u00b2", "\u0661", " 1", str(INT_MOST + 1), "9" * 5000]
)
def test_numbers_are_ascii_digits_that_a_bigint_holds(text):
    assert parse_int(text) is None


def test_bounds_of_a_number_are_included():
    assert [parse_int(text, least=1, most=3) for text in "01234"] == [None, 1, 2, 3, None]
    assert parse_int(str(INT_MOST)) == INT_MOST


@pytest.mark.parametrize(("text", "number"), [("", 1), ("x", 1), ("0", 1), ("7", 7), ("99", 9)])
def test_a_number_in_the_address_of_a_page_stays_within_its_bounds(text, number):
    assert page_int(QueryDict(f"page={text}"), "page", least=1, most=9) == number


def test_a_cursor_returns_its_values_as_text():
    assert decode_cursor(encode_cursor("a:b/\N{DECIDUOUS TREE}", 7), 2) == ["a:b/\N{DECIDUOUS TREE}", "7"]


@pytest.mark.parametrize(
    "cursor", ["x", "!", "", "=", "\ud800", encode_cursor("one"), encode_cursor("a", None), "e30", "W1tdLDFd"]
)
def test_a_cursor_of_another_list_is_refused(cursor):
    with pytest.raises(BadRequest):
        decode_cursor(cursor, 2)


def test_the_link_to_the_next_page_keeps_the_query(rf):
    request = rf.get("/api/notes?tag=a&tag=b&cursor=old")

    assert next_link(request, "new") == '<http://testserver/api/notes?tag=a&tag=b&cursor=new>; rel="next"'
    assert next_link(request, "new", "/other").startswith("<http://testserver/other?")


@pytest.mark.parametrize(
    ("condition", "is_match"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ('"ab"', False),
        ("a", False),
    ],
)
def test_a_condition_names_whole_entity_tags(condition, is_match):
    assert matches_etag(condition, '"a"') is is_match
    assert matches_etag(condition, "") is False
