"""Neither the site nor a reader's browser fetches what posts link to or show from a private network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from django.test import Client

from apps.core.conversations.services import posts
from apps.core.moderation.models import Trust, TrustLevel
from apps.core.notifications.services import delivery
from apps.core.notifications.services import mail as mailing
from apps.core.notifications.services.subscriptions import watch_own
from tests.browser.test_pages import listen
from tests.forum_makers import a_category, a_topic

PAYLOADS = (
    "![a picture]({url}/markdown.png)",
    "![a picture](//{host}/without-scheme.png)",
    '<img src="{url}/html.png" srcset="{url}/set.png 2x">',
    '<picture><source srcset="{url}/source.png"><img src="{url}/inner.png"></picture>',
    '<a href="{url}/page" ping="{url}/ping">a link</a>',
    "{url}/bare",
    '<link rel="prefetch" href="{url}/prefetch"><link rel="stylesheet" href="{url}/style.css">',
    '<video src="{url}/film.mp4" poster="{url}/poster.png" autoplay></video>',
    '<audio src="{url}/sound.mp3" autoplay></audio>',
    '<iframe src="{url}/frame"></iframe><object data="{url}/object"></object><embed src="{url}/embed">',
    '<svg><image href="{url}/svg.png"/><use href="{url}/use.svg#x"/></svg>',
    '<p style="background:url({url}/style.png)">a text</p>',
    '<table background="{url}/table.png"><tr><td>x</table>',
    '<meta http-equiv="refresh" content="0;url={url}/refresh"><base href="{url}/">',
    '<form action="{url}/form"><input type="image" src="{url}/input.png"></form>',
    "[![a badge]({url}/badge.svg)]({url}/redirect)",
    "```mermaid\nflowchart LR\n  a[<img src='{url}/diagram.png'>] --> b\n  click b \"{url}/click\"\n```",
    "$\\includegraphics{{{url}/maths.png}}$ $\\href{{{url}/href}}{{x}}$",
)


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """The address of a server in a private network, and the paths that were received of it."""
    received: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            received.append(self.rfile.readline(1000).decode(errors="replace"))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def test_links_and_pictures_of_a_private_network_are_fetched_by_nobody(live_cast, requests, open_page):
    host, received = requests
    Trust.objects.create(user=live_cast.owner.user, level=TrustLevel.REGULAR)
    texts = [payload.format(url=f"http://{host}", host=host) for payload in PAYLOADS]
    topic = a_topic(live_cast.owner, a_category(live_cast), source="\n\n".join(texts))
    watch_own(live_cast.member.user.pk, f"thread:{topic.thread.public_id}")
    for text in texts:
        posts.add_post(actor=live_cast.owner.actor, thread_id=topic.thread_id, source=text)

    page = open_page(live_cast.member)
    heard = listen(page)
    page.goto(topic.get_absolute_url())
    page.wait_for_load_state("networkidle")
    page.fill("[data-source]", "\n\n".join(texts))
    page.click("[data-mode=preview]")
    page.wait_for_selector("[data-preview] .prose")
    page.wait_for_load_state("networkidle")

    assert [url for url in heard if host in url] == []
    assert received == []


def test_what_leaves_the_site_contains_no_picture_of_another_host(live_cast, requests, site):
    host, received = requests
    Trust.objects.create(user=live_cast.owner.user, level=TrustLevel.REGULAR)
    texts = [payload.format(url=f"http://{host}", host=host) for payload in PAYLOADS]
    live_cast.member.user.emailaddress_set.update(verified=True)
    topic = a_topic(live_cast.owner, a_category(live_cast))
    watch_own(live_cast.member.user.pk, f"thread:{topic.thread.public_id}")
    posts.add_post(actor=live_cast.owner.actor, thread_id=topic.thread_id, source="\n\n".join(texts))
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    mailing.send_due_mail()

    letters = [letter for letter in mail.outbox if letter.to == ["member@example.com"]]
    written = [alternative[0] for letter in letters for alternative in letter.alternatives]
    assert "a badge" in "".join(written)
    feed = f"/feeds/forum/{topic.public_id}"
    written += [Client().get(f"{feed}.{form}").content.decode() for form in ("atom", "json")]

    assert [
        text for text in written if f'src="http://{host}' in text or f"src=&quot;http://{host}" in text
    ] == []
    assert received == []
