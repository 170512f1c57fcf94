"""Conversations in a browser: writing, drafts on two devices, posts that appear by themselves."""

from __future__ import annotations

import pytest

from apps.core.conversations.models import Attachment, Draft, Post, ReadMark
from apps.core.conversations.services import posts, threads
from tests.conftest import wait_until
from tests.makers import a_person
from tests.sample.models import Note

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DROP = """([area, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "curve.png", { type: "image/png" }));
  const facts = { clipboardData: transfer, bubbles: true, cancelable: true };
  area.dispatchEvent(new ClipboardEvent("paste", facts));
}"""


@pytest.fixture
def note(live_cast) -> Note:
    thread = threads.create_thread("note")
    return Note.objects.create(namespace=live_cast.owner.user.namespace, title="Shopping", thread=thread)


def write(person, note, source, **options) -> Post:
    return posts.add_post(actor=person.actor, thread_id=note.thread_id, source=source, **options)


def test_a_person_writes_with_keys_looks_and_sends(live_cast, note, open_page):
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())
    area = page.locator("[data-source]")

    area.fill("milk")
    area.press("Control+a")
    area.press("Control+b")
    assert area.input_value() == "**milk**"
    page.click("[data-mode=preview]")
    page.wait_for_selector("[data-preview] strong:has-text('milk')")
    page.click("[data-mode=write]")
    area.press("Control+Enter")

    page.wait_for_selector("#post-1 strong:has-text('milk')")
    assert Post.objects.get().source == "**milk**"


def test_a_pasted_picture_is_stored_and_linked(live_cast, note, open_page):
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())
    area = page.locator("[data-source]")

    area.focus()
    page.evaluate(DROP, [area.element_handle(), PNG])
    wait_until(lambda: "![curve.png](" in area.input_value(), what="the link to the picture")
    page.click("[value=send]")

    page.wait_for_selector("#post-1 img[src^='/attachments/']")
    assert Attachment.objects.get().post == Post.objects.get()


def test_a_draft_survives_a_closed_tab_and_is_offered_on_another_device(live_cast, note, open_page):
    first, second = open_page(live_cast.stranger), open_page(live_cast.stranger)
    for page in (first, second):
        page.goto(note.get_absolute_url())

    first.locator("[data-source]").fill("milk1")
    wait_until(lambda: Draft.objects.filter(source="milk1").exists(), what="the draft")
    second.locator("[data-source]").focus()
    second.wait_for_selector("[data-clash]")
    second.click("[data-clash] button >> nth=0")
    assert second.locator("[data-source]").input_value() == "milk1"
    second.locator("[data-source]").fill("milk2")
    wait_until(lambda: Draft.objects.filter(source="milk2").exists(), what="the second draft")

    first.locator("[data-source]").fill("milk3")
    first.wait_for_selector("[data-clash]")
    assert Draft.objects.get().source == "milk2"

    first.goto(note.get_absolute_url())
    assert first.locator("[data-source]").input_value() == "milk2"


def test_a_new_post_appears_by_itself_and_is_marked_as_read(live_cast, note, open_page):
    write(live_cast.owner, note, "First")
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())
    page.wait_for_selector("thread-view[data-live=stream]")

    write(live_cast.owner, note, "Second")

    page.wait_for_selector("#post-2:has-text('Second')")
    marks = ReadMark.objects.filter(user=live_cast.stranger.user, number=2)
    wait_until(marks.exists, what="the read mark")
    assert page.locator("#post-1").count() == 1


def test_a_page_without_a_free_stream_asks_every_few_seconds(live_cast, note, open_page):
    write(live_cast.owner, note, "First")
    page = open_page(live_cast.stranger)
    page.route("**/stream?*", lambda route: route.fulfill(status=503))
    page.goto(note.get_absolute_url())
    page.wait_for_selector("thread-view[data-live=poll]")

    write(live_cast.owner, note, "Second")

    page.wait_for_selector("#post-2:has-text('Second')")


def test_a_long_thread_loads_its_windows_in_place(live_cast, note, open_page):
    for number in range(1, 46):
        write(live_cast.owner, note, f"Post {number}")
    page = open_page(live_cast.stranger)
    page.goto(f"{note.get_absolute_url()}?post=25#post-25")

    page.click("[rel=prev]")
    page.wait_for_selector("#post-1", state="attached")
    page.click("[rel=next]")
    page.wait_for_selector("#post-45", state="attached")

    assert page.locator("article.post").count() == 45
    assert page.locator("[data-window]").count() == 0


def test_a_reaction_and_a_completed_mention_need_no_reload(live_cast, note, open_page):
    write(live_cast.owner, note, "First")
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())
    page.evaluate("window.same = true")

    page.click("#post-1 .reaction-menu summary")
    page.click("#post-1 .offered [value='👍']")
    page.wait_for_selector("#post-1 footer > .reactions [aria-pressed=true]")
    page.locator("[data-source]").press_sequentially("Thanks @ow")
    page.locator("[data-source]").press("Enter")

    assert page.locator("[data-source]").input_value() == "Thanks @owner "
    assert page.evaluate("window.same")


def test_a_diagram_is_drawn_in_a_frame_that_reaches_nothing(live_cast, note, open_page):
    write(live_cast.owner, note, "```mermaid\nflowchart LR\n  A[Milk] --> B[Tea]\n```")
    write(live_cast.owner, note, "```mermaid\nnot a diagram <img src=x onerror=alert(1)>\n```")
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())

    drawn = page.wait_for_selector("#post-1 iframe.diagram").content_frame()
    drawn.wait_for_selector("svg:has-text('Milk')")
    page.wait_for_selector("#post-1 pre.mermaid", state="hidden")
    page.wait_for_selector("#post-2 iframe", state="detached")
    page.wait_for_selector("#post-2 pre.mermaid:has-text('not a diagram')")

    assert drawn.evaluate("origin") == "null"


def test_a_person_who_is_not_on_the_page_is_offered_too(live_cast, note, open_page):
    a_person("Thoreau")
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())

    page.locator("[data-source]").press_sequentially("Thanks @tho")
    page.wait_for_selector("[data-completions] [data-name=Thoreau]")
    page.locator("[data-source]").press("Enter")

    assert page.locator("[data-source]").input_value() == "Thanks @Thoreau "


def test_a_bomb_of_a_diagram_stays_text_and_leaves_the_page_alive(live_cast, note, open_page):
    many = "\n".join(f"  {'&'.join(f'A{one}' for one in range(40))} --> B{number}" for number in range(12))
    nested = "flowchart TD\n" + "".join(f"subgraph s{one}\n" for one in range(400)) + "end\n" * 400
    write(live_cast.owner, note, f"```mermaid\nflowchart TD\n{many}\n```")
    write(live_cast.owner, note, f"```mermaid\n{nested[:4900]}\n```")
    write(live_cast.owner, note, f"```mermaid\nflowchart TD\n{'A-->B;' * 2000}\n```")
    page = open_page(live_cast.stranger)
    page.goto(note.get_absolute_url())

    for number in (1, 2, 3):
        page.locator(f"#post-{number}").scroll_into_view_if_needed()
    page.locator("[data-source]").fill("Still here")
    page.click("[value=send]")
    page.wait_for_selector("#post-4")

    assert page.locator("#post-3 pre.mermaid").count() == 1
    assert page.locator("#post-3 iframe").count() == 0
