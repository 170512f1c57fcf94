"""A reader on a phone, in Chinese: from the list of topics to the end of a long one, and an answer."""

from __future__ import annotations

import re

import pytest

from apps.core.conversations.models import Post, ReadMark
from tests.browser.looks import Look
from tests.conftest import wait_until
from tests.forum_makers import a_category, a_reply, a_topic
from tests.makers import a_person

PHONE = Look(width=390, language="zh-hans")
HAN = re.compile(r"[\u4e00-\u9fff]")
TEXT = "先把学习率降到 `1e-4`，再看 **验证集** 的损失。"
# words of the interface that are still English: what people wrote and names aside
ENGLISH = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement;
    if (!box.checkVisibility() || box.closest(".post-text, .who, code, [data-author-name]")) continue;
    if (/[A-Za-z]{3,}/.test(node.textContent)) found.push(node.textContent.trim());
  }
  return found;
}"""
NAMES = {"owner", "warden", "lin"}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def topic(live_cast):
    category = a_category(live_cast, "训练", slug="training", about="关于训练的问题")
    topic = a_topic(live_cast.owner, category, "微调时损失不下降", source="我的损失一直是 2.3。")
    for number in range(44):
        a_reply(live_cast.staff, topic, f"第 {number + 2} 条：{'试试更小的批次。' * 12}")
    return topic


def fits(page) -> bool:
    return page.evaluate(OVERFLOW) <= 0


def test_a_reader_on_a_phone_follows_a_long_topic_and_answers_in_chinese(live_cast, topic, open_page):
    reader = a_person("lin")
    page = open_page(reader, PHONE)

    page.goto("/forum")
    assert fits(page)
    page.click("a:has-text('微调时损失不下降')")

    # the window at the beginning, then the end
    page.wait_for_selector("#post-1")
    assert fits(page)
    assert page.locator("article.post").count() < 45
    page.goto(f"{topic.get_absolute_url()}?at=last")
    page.wait_for_selector("#post-45")
    page.locator("#post-45").scroll_into_view_if_needed()
    wait_until(lambda: ReadMark.objects.filter(user=reader.user, number=45).exists(), what="the read mark")

    page.click("#post-45 .reaction-menu summary")
    page.click("#post-45 .offered [value='🎉']")
    page.wait_for_selector("#post-45 footer > .reactions [aria-pressed=true]")

    area = page.locator("[data-source]")
    area.tap() if page.evaluate("navigator.maxTouchPoints") else area.click()
    area.fill(TEXT)
    page.click("[data-mode=preview]")
    page.wait_for_selector("[data-preview] strong:has-text('验证集')")
    assert fits(page)
    page.click("[value=send]")

    page.wait_for_selector("#post-46 strong:has-text('验证集')")
    assert fits(page)
    assert set(page.evaluate(ENGLISH)) <= NAMES
    assert Post.objects.get(number=46, thread=topic.thread).source == TEXT

    # back at the list the topic has nothing new for its reader
    page.goto("/forum")
    assert HAN.search(page.inner_text("h1"))
    assert set(page.evaluate(ENGLISH)) <= NAMES
