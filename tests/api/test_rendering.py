"""Markdown is rendered once for concurrent readers, and per request without a cache."""

from __future__ import annotations

import threading

import pytest
from django.core.cache import cache
from django.utils import translation
from redis.exceptions import ConnectionError as Unreachable

from apps.core.text import rendering as module
from apps.core.text.rendering import CACHED_FROM_CHARACTERS, render_cached, render_cached_as

TEXT = "# Title\n\n" + "words " * CACHED_FROM_CHARACTERS


@pytest.fixture
def counted(monkeypatch):
    """How often something was really rendered."""
    calls, real = [], module.render_markdown
    monkeypatch.setattr(
        module, "render_markdown", lambda *arguments: calls.append(arguments) or real(*arguments)
    )
    cache.clear()
    yield calls
    cache.clear()


def test_a_text_is_rendered_once_for_each_place_and_language_that_it_is_shown_in(counted):
    first = render_cached(TEXT, "/a/")

    assert render_cached(TEXT, "/a/") == first
    assert len(counted) == 1
    render_cached(TEXT, "/b/")
    render_cached(TEXT + "x", "/a/")
    with translation.override("zh-hans"):
        render_cached(TEXT, "/a/")
    assert len(counted) == 4


def test_what_has_a_name_is_not_even_read_again(counted):
    render_cached_as("f" * 40, lambda: TEXT)

    assert render_cached_as("f" * 40, lambda: pytest.fail("it was read again")).startswith("<h2")


def test_ten_concurrent_requests_render_once(counted, monkeypatch):
    began, go, answers = threading.Event(), threading.Event(), []

    def slow(*arguments):
        counted.append(arguments)
        began.set()
        assert go.wait(30)
        return "<p>done</p>"

    monkeypatch.setattr(module, "render_markdown", slow)
    threads = [threading.Thread(target=lambda: answers.append(render_cached(TEXT))) for _ in range(10)]
    for thread in threads:
        thread.start()
    assert began.wait(30)
    go.set()
    for thread in threads:
        thread.join(60)

    assert answers == ["<p>done</p>"] * 10
    assert len(counted) == 1


def test_a_page_that_another_request_has_just_finished_is_not_rendered_again(counted, monkeypatch):
    add, began = cache.add, []

    def finish_first(*arguments, **options):
        if not began:
            began.append(True)
            render_cached(TEXT)
        return add(*arguments, **options)

    monkeypatch.setattr(cache, "add", finish_first)

    assert render_cached(TEXT) == render_cached(TEXT)
    assert len(counted) == 1


def test_waiting_for_a_dead_renderer_ends_in_rendering(counted, monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(cache, "add", lambda *arguments: False)
    monkeypatch.setattr(cache, "get", lambda key: 1 if key.startswith("markdown-in-progress:") else None)

    assert render_cached(TEXT).startswith("<h2")


@pytest.mark.parametrize("broken", ["get", "add", "set"])
def test_a_page_does_without_the_cache(counted, monkeypatch, broken):
    def fail(*arguments, **options):
        raise Unreachable

    monkeypatch.setattr(cache, broken, fail)

    assert render_cached(TEXT).startswith("<h2")
