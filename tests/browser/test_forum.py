"""The forum in a browser: a question is asked with the help of the form, answered and solved."""

from __future__ import annotations

import pytest

from apps.community.forum.models import Bookmark, Topic, TopicKind
from apps.core.conversations.models import Draft, Post
from tests.conftest import wait_until
from tests.forum_makers import a_category, a_reply, a_topic


@pytest.fixture
def general(live_cast):
    return a_category(live_cast)


def test_a_person_asks_and_sees_similar_topics_while_typing(live_cast, general, open_page):
    a_topic(live_cast.owner, general, "Quantization loses accuracy")
    page = open_page(live_cast.stranger)
    page.goto("/forum/new")

    page.locator("#id_title").press_sequentially("Does quantisation lose accuracy?")
    page.wait_for_selector("[data-list=similar] a:has-text('Quantization loses accuracy')")
    page.select_option("#id_kind", "question")
    page.fill("#id_tags", "gpu, int8")
    page.locator("[data-source]").fill("From `float16` to *int8*")
    page.click("[data-mode=preview]")
    page.wait_for_selector("[data-preview] em:has-text('int8')")
    page.click("[data-mode=write]")
    page.click("[value=send]")

    page.wait_for_selector("#post-1 em:has-text('int8')")
    topic = Topic.objects.get(title="Does quantisation lose accuracy?")
    assert topic.kind == TopicKind.QUESTION
    assert sorted(topic.tags.values_list("name", flat=True)) == ["gpu", "int8"]
    assert not Draft.objects.exists()


def test_a_draft_of_a_topic_survives_a_closed_tab_with_all_its_fields(live_cast, general, open_page):
    page = open_page(live_cast.stranger)
    page.goto("/forum/new")
    page.fill("#id_title", "Half a title")
    page.select_option("#id_kind", "poll")
    page.fill("#id_options", "One\nTwo")
    page.locator("[data-source]").fill("Half a text")
    wait_until(lambda: Draft.objects.filter(source="Half a text").exists(), what="the draft")
    page.close()

    again = open_page(live_cast.stranger)
    again.goto("/forum/new")

    assert again.locator("#id_title").input_value() == "Half a title"
    assert again.locator("[data-source]").input_value() == "Half a text"
    assert again.locator("#id_options").input_value() == "One\nTwo"


def test_the_fields_of_a_poll_show_when_one_is_chosen(live_cast, general, open_page):
    page = open_page(live_cast.stranger)
    page.goto("/forum/new")
    assert not page.locator("#id_options").is_visible()

    page.select_option("#id_kind", "poll")

    assert page.locator("#id_options").is_visible()


def test_the_template_of_the_chosen_category_fills_an_empty_text_alone(live_cast, general, open_page):
    a_category(live_cast, "Help", template="## What I did")
    page = open_page(live_cast.stranger)
    page.goto("/forum/new?category=general")
    area = page.locator("[data-source]")

    page.select_option("#id_category", "help")
    wait_until(lambda: area.input_value() == "## What I did", what="the template")
    page.select_option("#id_category", "general")
    wait_until(lambda: area.input_value() == "", what="an empty text")

    area.fill("My own words")
    page.select_option("#id_category", "help")
    page.wait_for_timeout(500)
    assert area.input_value() == "My own words"


def test_an_answer_is_accepted_and_marked(live_cast, general, open_page):
    topic = a_topic(live_cast.stranger, general, kind=TopicKind.QUESTION)
    reply = a_reply(live_cast.owner, topic, "On page one")
    page = open_page(live_cast.stranger)
    page.goto(topic.get_absolute_url())

    page.click("#post-2 button:has-text('Accept as answer')")
    page.wait_for_selector("#post-2.highlighted:has-text('Accepted answer')")
    page.click("#post-2 button[aria-label='Bookmark']")
    page.wait_for_selector("#post-2 button[aria-label='Remove bookmark']")

    assert Topic.objects.get().answer == reply
    assert Bookmark.objects.get().post == reply


def test_a_topic_is_read_answered_and_started_without_scripts(live_cast, general, open_page):
    topic = a_topic(live_cast.owner, general)
    page = open_page(live_cast.stranger, scripts=False)
    page.goto(topic.get_absolute_url())

    page.click("button:has-text('Mark as read')")
    page.fill("textarea[name=source]", "Thanks")
    page.click("[value=send]")
    assert page.locator("#post-2").inner_text().count("Thanks") == 1
    page.goto("/forum/new")
    page.fill("#id_title", "Another one")
    page.fill("textarea[name=source]", "Text")
    page.click("[value=preview]")
    assert page.locator("[data-preview]").inner_text() == "Text"
    page.click("[value=send]")

    assert Post.objects.filter(thread__topic__title="Another one").count() == 1
