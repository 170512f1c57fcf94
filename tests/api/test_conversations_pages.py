"""Pages of conversations, played on the notes of the sample app; everything works without scripts."""

import io
import re
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from apps.core.conversations.models import Attachment, Post, PostState, ReadMark, Thread
from apps.core.conversations.presenters import thread_view
from apps.core.conversations.providers import ThreadPlace
from apps.core.conversations.services import attachments, drafts, posts, reactions
from apps.core.text.differences import Change, text_differences
from tests.api.matrix import session_of
from tests.job_makers import a_job
from tests.makers import a_repo
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def note(cast) -> Note:
    note = Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping")
    thread_of(note)
    return note


@pytest.fixture
def thread(note) -> Thread:
    return note.thread


def write(person, thread, source="Hello", **options) -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, **options)


def html_of(response) -> str:
    return response.content.decode()


def article(html: str, anchor: str) -> str:
    """Return the part of a page that is one post."""
    return re.search(rf'<article[^>]*id="{anchor}".*?</article>', html, re.DOTALL)[0]


# writing


def test_a_person_replies_with_a_plain_form_and_lands_at_their_post(cast, note, thread):
    person = session_of(cast.stranger)

    response = person.post(f"/threads/{thread.public_id}/reply", {"source": "**Milk**", "act": "send"})

    assert response["Location"] == f"/notes/{note.pk}?post=1#post-1"
    assert "<strong>Milk</strong>" in article(html_of(person.get(response["Location"])), "post-1")


def test_a_preview_shows_the_text_and_stores_nothing(cast, thread):
    person = session_of(cast.stranger)
    sent = {"source": "*Milk* <script>alert(1)</script>", "act": "preview"}

    page = html_of(person.post(f"/threads/{thread.public_id}/reply", sent))
    fragment = html_of(person.post("/posts/preview", {"source": "*Milk*"}))

    assert "<em>Milk</em>" in page
    assert "<script>alert" not in page
    assert "*Milk* &lt;script&gt;" in page
    assert "<em>Milk</em>" in fragment
    assert not Post.objects.exists()


def test_an_empty_reply_keeps_the_form(cast, thread):
    response = session_of(cast.stranger).post(f"/threads/{thread.public_id}/reply", {"source": " "})

    assert response.status_code == 422
    assert 'name="source"' in html_of(response)


def test_a_reply_to_a_post_quotes_it_and_refers_to_it(cast, thread):
    first = write(cast.owner, thread, "Milk\nand tea")
    person = session_of(cast.stranger)

    form = html_of(person.get(f"/threads/{thread.public_id}/reply?to={first.public_id}"))
    person.post(f"/threads/{thread.public_id}/reply", {"source": "Yes", "reply_to": first.public_id})

    assert "&gt; Milk\n&gt; and tea" in form
    assert Post.objects.get(source="Yes").reply_to == first


def test_a_file_that_comes_with_the_form_is_shown_in_the_post(cast, thread):
    output = io.BytesIO()
    Image.new("RGB", (8, 6), "green").save(output, "PNG")
    file = SimpleUploadedFile("a b.png", output.getvalue())

    session_of(cast.stranger).post(
        f"/threads/{thread.public_id}/reply", {"source": "Look", "attachments": file}
    )

    attachment = Attachment.objects.get()
    assert attachment.post.source == f"Look\n\n![a-b.png]({attachment.get_absolute_url()})"


def test_a_bad_file_keeps_the_text(cast, thread):
    file = SimpleUploadedFile("a.png", b"MZ\0\0 a program")

    response = session_of(cast.stranger).post(
        f"/threads/{thread.public_id}/reply", {"source": "Look", "attachments": file}
    )

    assert response.status_code == 422
    assert ">Look</textarea>" in html_of(response)
    assert not Post.objects.exists()


def test_anonymous_readers_are_asked_to_sign_in(client, note, thread):
    page = html_of(client.get(f"/notes/{note.pk}"))

    assert 'name="source"' not in page
    assert f"/login?next=/notes/{note.pk}" in page
    assert client.post(f"/threads/{thread.public_id}/reply", {"source": "x"}).status_code in (302, 401, 403)


def test_a_draft_is_there_on_another_device_and_goes_with_the_post(cast, note, thread):
    drafts.save_draft(actor=cast.stranger.actor, place=f"reply:{thread.public_id}", source="Half a thou")
    person = session_of(cast.stranger)

    assert ">Half a thou</textarea>" in html_of(person.get(f"/notes/{note.pk}"))
    person.post(f"/threads/{thread.public_id}/reply", {"source": "A thought"})
    assert ">Half a thou</textarea>" not in html_of(person.get(f"/notes/{note.pk}"))


# editing


def test_an_author_edits_and_readers_see_that_and_what_changed(cast, note, thread, client):
    post = write(cast.stranger, thread, "Buy milk today")
    person = session_of(cast.stranger)

    assert ">Buy milk today</textarea>" in html_of(person.get(f"/posts/{post.public_id}/edit"))
    person.post(f"/posts/{post.public_id}/edit", {"source": "Buy oat milk today", "revision": 1})

    assert "data-edited" in article(html_of(client.get(f"/notes/{note.pk}")), "post-1")
    changes = re.sub(r"\s+>", ">", html_of(client.get(f"/posts/{post.public_id}/history")))
    assert "Buy <ins>oat </ins>milk today" in changes


def test_the_later_editor_sees_both_texts_and_saves_the_joined_one(cast, thread):
    post = write(cast.stranger, thread, "Milk")
    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source="Oat milk", revision=1)
    moderator = session_of(cast.owner)

    conflict = moderator.post(f"/posts/{post.public_id}/edit", {"source": "Milk and tea", "revision": 1})
    page = html_of(conflict)

    assert conflict.status_code == 412
    assert "data-current>Oat milk</pre>" in page
    assert ">Milk and tea</textarea>" in page
    assert 'name="revision" value="2"' in page
    moderator.post(f"/posts/{post.public_id}/edit", {"source": "Oat milk and tea", "revision": 2})
    assert Post.objects.get().source == "Oat milk and tea"


def test_a_long_history_is_paged(cast, thread, client):
    post = write(cast.stranger, thread, "0")
    for revision in range(1, 23):
        posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source=str(revision), revision=revision)

    first = html_of(client.get(f"/posts/{post.public_id}/history"))
    second = html_of(client.get(f"/posts/{post.public_id}/history?before=4"))

    assert re.findall(r'id="revision-(\d+)"', first) == [str(number) for number in range(23, 3, -1)]
    assert "?before=4" in first
    assert re.findall(r'id="revision-(\d+)"', second) == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("", "a"), ("a\n" * 9000, "b\n" * 9000), ("a b " * 5000, "b a " * 5000), ("牛奶", "燕麦奶"), ("x", "x")],
)
def test_differences_lead_from_the_old_text_to_the_new(old, new):
    runs = text_differences(old, new)

    assert "".join(run.text for run in runs if run.change != Change.ADDED) == old
    assert "".join(run.text for run in runs if run.change != Change.REMOVED) == new


# states


def test_a_removed_post_keeps_its_place_without_its_text(cast, note, thread, client):
    first, second = write(cast.stranger, thread, "Secret one"), write(cast.stranger, thread, "Secret two")
    posts.hide_post(actor=cast.owner.actor, post_id=first.pk)
    session_of(cast.stranger).post(f"/posts/{second.public_id}/delete")

    page = html_of(client.get(f"/notes/{note.pk}"))

    assert 'id="post-1"' in page
    assert 'id="post-2"' in page
    assert "Secret" not in page
    assert "Secret one" in html_of(session_of(cast.stranger).get(f"/notes/{note.pk}"))
    assert "Secret two" in html_of(session_of(cast.owner).get(f"/notes/{note.pk}"))
    assert client.get(f"/posts/{first.public_id}/history").status_code in (302, 401)


def test_a_held_post_is_shown_to_its_author_and_approved_by_a_moderator(cast, note, thread, client):
    held = write(cast.stranger, thread, "Held words", is_held=True)
    path = f"/notes/{note.pk}"

    assert "Held words" not in html_of(client.get(path))
    assert "Held words" not in html_of(session_of(cast.member).get(path))
    assert 'data-state="held"' in html_of(session_of(cast.stranger).get(path))
    assert session_of(cast.stranger).post(f"/posts/{held.public_id}/approve").status_code == 403
    assert (
        session_of(cast.owner).post(f"/posts/{held.public_id}/approve")["Location"] == f"{path}?post=1#post-1"
    )
    assert "Held words" in html_of(client.get(path))


def test_buttons_are_there_for_whom_they_work(cast, note, thread, client):
    post = write(cast.stranger, thread)

    def acts(browser) -> set[str]:
        page = article(html_of(browser.get(f"/notes/{note.pk}")), "post-1")
        return set(re.findall(rf"/posts/{post.public_id}/(edit|delete|hide|react)", page))

    assert acts(client) == set()
    assert acts(session_of(cast.member)) == {"react"}
    assert acts(session_of(cast.stranger)) == {"react", "edit", "delete"}
    assert acts(session_of(cast.owner)) == {"react", "edit", "hide"}


def test_a_post_that_was_drawn_for_others_is_each_reader_s_own(cast, note, thread, client):
    post = write(cast.stranger, thread)
    path = f"/notes/{note.pk}"

    def shown(browser, language="en") -> str:
        return article(html_of(browser.get(path, headers={"accept-language": language})), "post-1")

    def tokens(text: str) -> set[str]:
        return set(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', text))

    member, owner = session_of(cast.member), session_of(cast.owner)
    first, second, third, anonymous = shown(member), shown(member), shown(owner), shown(client)

    assert all(len(tokens(text)) == 1 for text in (first, second, third))
    assert len(tokens(first + second + third)) == 3
    assert tokens(anonymous) == set()
    assert "Reply" in first
    assert "Reply" not in shown(member, "zh-hans")
    posts.edit_post(actor=cast.stranger.actor, post_id=post.public_id, source="New words", revision=1)
    assert all("New words" in shown(browser) for browser in (member, owner, client))


def test_an_author_restores_what_they_deleted(cast, thread):
    post = write(cast.stranger, thread)
    person = session_of(cast.stranger)

    for act, state in (("delete", PostState.DELETED), ("restore", PostState.VISIBLE)):
        person.post(f"/posts/{post.public_id}/{act}")
        post.refresh_from_db()
        assert post.state == state


def test_a_locked_thread_says_so_in_place_of_the_form(cast, note, thread):
    moderator = session_of(cast.owner)
    moderator.post(f"/threads/{thread.public_id}/lock", {"is_locked": "on"})

    page = html_of(session_of(cast.stranger).get(f"/notes/{note.pk}"))

    assert 'name="source"' not in page
    assert 'class="post-event" id="post-1"' in page
    assert session_of(cast.stranger).post(f"/threads/{thread.public_id}/lock").status_code == 403


def test_a_reaction_is_added_and_removed_by_its_button(cast, note, thread):
    post = write(cast.owner, thread)
    person = session_of(cast.stranger)

    person.post(f"/posts/{post.public_id}/react", {"add": "👍"})
    shown = article(html_of(person.get(f"/notes/{note.pk}")), "post-1")
    person.post(f"/posts/{post.public_id}/react", {"remove": "👍"})

    assert 'aria-pressed="true"' in shown
    assert Post.objects.get().reactions == {}
    assert person.post(f"/posts/{post.public_id}/react", {"add": "<b>"}).status_code == 422


# windows


@pytest.fixture
def long_thread(cast, thread) -> Thread:
    for number in range(1, 51):
        write(cast.owner, thread, f"Post {number}")
    thread.refresh_from_db()
    return thread


def numbers(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-number="(\d+)"', html)]


def test_a_long_thread_loads_the_window_around_a_permalink(client, note, long_thread):
    page = html_of(client.get(f"/notes/{note.pk}?post=25"))

    assert numbers(page) == list(range(15, 35))
    assert f"/notes/{note.pk}?before=15" in page
    assert f"/notes/{note.pk}?after=34" in page
    earlier = html_of(client.get(f"/threads/{long_thread.public_id}/posts?before=45"))
    later = html_of(client.get(f"/threads/{long_thread.public_id}/posts?after=34"))
    assert "?before=25" in earlier
    assert "?after=" not in earlier
    assert numbers(later) == list(range(35, 51))
    assert "?after=" not in later
    assert "?before=" not in later


def test_a_thread_opens_where_the_reader_stopped(cast, note, long_thread):
    person = session_of(cast.stranger)
    person.post(f"/threads/{long_thread.public_id}/read", {"number": "30"})

    page = html_of(person.get(f"/notes/{note.pk}"))

    assert numbers(page)[0] == 21
    assert re.search(r'post=31#post-31"\s+data-unread-jump', page)
    assert "data-unread" in article(page, "post-31")
    assert "data-unread" not in article(page, "post-30")
    person.post(f"/threads/{long_thread.public_id}/read")
    assert ReadMark.objects.get(user=cast.stranger.user).number == 50


@pytest.mark.parametrize(
    "query", ["post=x", "post=99999999999999", "date=2026-99-99", "at=moon", "before=-1"]
)
def test_a_place_that_cannot_be_read_shows_the_beginning(client, note, long_thread, query):
    response = client.get(f"/notes/{note.pk}?{query}")

    assert response.status_code == 200
    assert numbers(html_of(response))[0] == 1


def test_a_date_leads_to_its_first_post(client, note, long_thread):
    today = long_thread.posts.get(number=1).published_at.date()

    assert numbers(html_of(client.get(f"/notes/{note.pk}?date={today}")))[0] == 1
    assert numbers(html_of(client.get(f"/notes/{note.pk}?date=2099-01-01")))[-1] == 50


def test_a_permanent_link_survives_without_the_page(client, note, long_thread):
    post = long_thread.posts.get(number=25)

    assert client.get(f"/posts/{post.public_id}")["Location"] == f"/notes/{note.pk}?post=25#post-25"
    assert client.get(f"/threads/{long_thread.public_id}")["Location"] == f"/notes/{note.pk}"


@pytest.mark.parametrize("count", [5, 40])
def test_a_window_takes_six_queries_however_many_people_wrote(cast, thread, count):
    people = [cast.owner, cast.member, cast.stranger]
    for number in range(count):
        post = write(people[number % 3], thread, f"@owner {number} http://testserver/owner")
        reactions.set_reaction(actor=cast.stranger.actor, post_id=post.pk, emoji="👍", is_on=True)
    thread.refresh_from_db()
    actor, place = cast.stranger.actor, ThreadPlace("Shopping", "/notes/1")

    with CaptureQueriesContext(connection) as found:
        thread_view(actor, thread, place, {"post": "10"})

    queries_of_kind = [query for query in found if "sample_note" in query["sql"]]
    # besides, one of the provider that knows people
    assert len(found) - len(queries_of_kind) <= 7, [query["sql"][:90] for query in found]


# files


def test_a_picture_is_shown_and_any_other_file_is_saved(cast, thread, client):
    image = io.BytesIO()
    Image.new("RGB", (8, 6), "green").save(image, "PNG")
    stored = [
        attachments.store_attachment(actor=cast.owner.actor, name=name, data=data)
        for name, data in (("a.png", image.getvalue()), ("a.html", b"<script>alert(1)</script>"))
    ]
    write(cast.owner, thread, "\n".join(file.markdown for file in stored))

    shown, saved = (client.get(file.get_absolute_url()) for file in stored)

    assert (shown["Content-Type"], shown["Content-Disposition"][:6]) == ("image/png", "inline")
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"].startswith("attachment")
    assert "sandbox" in saved["Content-Security-Policy"]
    part = client.get(stored[1].get_absolute_url(), headers={"Range": "bytes=0-6"})
    assert (part.status_code, b"".join(part)) == (206, b"<script")


def test_a_file_of_a_private_thread_is_not_served_to_others(cast, client):
    note = Note.objects.create(namespace=cast.owner.user.namespace, title="Mine", is_public=False)
    file = attachments.store_attachment(actor=cast.owner.actor, name="a.txt", data=b"secret")
    write(cast.owner, thread_of(note), file.markdown)
    path = file.get_absolute_url()

    assert session_of(cast.owner).get(path).status_code == 200
    assert session_of(cast.stranger).get(path).status_code == 404
    assert client.get(path).status_code in (302, 401, 404)
    assert session_of(cast.owner).get(path.replace("a.txt", "b.html")).status_code == 404


# hostile texts

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&#58;alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:x) <a href='  java\tscript:alert(1)'>b</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=/posts/1/delete><button formaction=javascript:alert(1)>x</button></form>",
    '![a](x"onerror="alert(1))',
    '[a](/owner" onmouseover="alert(1))',
    "```mermaid\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '@owner"><script>alert(1)</script>',
    "<div style='position:fixed' class='post' id='reply' data-window='/logout'>x</div>",
    '<a href="http://testserver/owner">"><script>alert(1)</script></a>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</textarea><script>alert(1)</script>",
    "$\\href{javascript:alert(1)}{x}$",
]


class Danger(HTMLParser):
    """Collects what can run, and what fakes parts of the page in the text of posts."""

    def __init__(self):
        super().__init__()
        self.found, self.depth = [], 0

    def handle_starttag(self, tag, attributes):
        facts = {name: value or "" for name, value in attributes}
        is_text = "data-text" in facts
        if self.depth or is_text:
            self.depth += tag == "div"
        if any(name.startswith("on") or name in ("srcdoc", "formaction") for name in facts):
            self.found.append((tag, facts))
        links = (facts.get(name, "") for name in ("href", "src", "action"))
        if any(re.match(r"\s*(javascript|vbscript|data):", link, re.IGNORECASE) for link in links):
            self.found.append((tag, facts))
        if tag == "script" and "src" not in facts and "json" not in facts.get("type", ""):
            self.found.append((tag, facts))
        if (
            self.depth
            and not is_text
            and (
                tag in ("script", "iframe", "form", "style", "button", "input", "object")
                or "style" in facts
                or any(name.startswith(("data-", "hx-")) for name in facts)
            )
        ):
            self.found.append((tag, facts))

    def handle_endtag(self, tag):
        if self.depth and tag == "div":
            self.depth -= 1


def dangers(response) -> list:
    parser = Danger()
    parser.feed(html_of(response))
    return parser.found


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_text_is_harmless_in_a_post_a_preview_a_form_and_a_history(cast, note, thread, source):
    person = session_of(cast.stranger)
    post = write(cast.stranger, thread, source)
    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source=f"{source}\n\nmore", revision=1)

    pages = [
        person.get(f"/notes/{note.pk}"),
        person.get(f"/posts/{post.public_id}/edit"),
        person.get(f"/posts/{post.public_id}/history"),
        person.get(f"/threads/{thread.public_id}/reply?to={post.public_id}"),
        person.post(f"/threads/{thread.public_id}/reply", {"source": source, "act": "preview"}),
        person.post(f"/posts/{post.public_id}/edit", {"source": source, "revision": 1}),
        person.post("/posts/preview", {"source": source}),
    ]

    assert [response.status_code for response in pages] == [200, 200, 200, 200, 200, 412, 200]
    assert [found for page in pages for found in dangers(page)] == []


def test_the_corpus_would_be_found():
    parser = Danger()
    parser.feed('<div data-text><img onerror="x"><div style="x"></div><a href="javascript:x">a</a></div>')

    assert [tag for tag, _ in parser.found] == ["img", "div", "a"]


@pytest.mark.parametrize(
    "name",
    ['"><script>alert(1)</script>.png', "a](javascript:alert(1)).txt", "../../x\\y.html", "\u202egnp.exe"],
)
def test_a_hostile_name_of_a_file_is_harmless(cast, note, thread, name):
    file = attachments.store_attachment(actor=cast.owner.actor, name=name, data=b"text")
    write(cast.owner, thread, file.markdown)

    page = session_of(cast.stranger).get(f"/notes/{note.pk}")

    assert dangers(page) == []
    assert f'href="{file.get_absolute_url()}"' in html_of(page)
    assert session_of(cast.stranger).get(file.get_absolute_url()).status_code == 200


# links to pages of this site


def test_a_link_shows_the_title_of_the_page_to_those_who_may_see_it(cast, thread, note):
    hidden = Note.objects.create(namespace=cast.owner.user.namespace, title="Private plans", is_public=False)
    open_note = Note.objects.create(namespace=cast.owner.user.namespace, title="<b>Open</b>")
    links = [f"http://testserver/notes/{one.pk}" for one in (hidden, open_note)]
    write(cast.owner, thread, f"{links[1]}\n\nand {links[0]} [named]({links[1]})")

    def text(person) -> str:
        return article(html_of(session_of(person).get(f"/notes/{note.pk}")), "post-1")

    assert "Private plans" in text(cast.owner)
    assert "Private plans" not in text(cast.stranger)
    assert f">{links[0]}</a>" in text(cast.stranger)
    assert "&lt;b&gt;Open&lt;/b&gt;" in text(cast.stranger)
    assert 'class="reference-block"' in text(cast.stranger)
    assert ">named</a>" in text(cast.stranger)


def test_links_to_people_repositories_jobs_and_receipts_show_titles(cast, thread, note):
    repo, hidden = a_repo(cast.owner, "tiny"), a_repo(cast.owner, "secret", is_private=True)
    job = a_job(cast.owner)
    commit = "0123456789abcdef0123456789abcdef01234567"
    paths = ["/owner", f"/{repo.address.path}", f"/{repo.address.path}/blob/{commit}/a/b.txt"]
    paths += [job.get_absolute_url(), f"/{hidden.address.path}"]
    write(cast.owner, thread, "\n\n".join(f"http://testserver{path}" for path in paths))

    def titles(person) -> list[str]:
        page = article(html_of(session_of(person).get(f"/notes/{note.pk}")), "post-1")
        return re.findall(r'class="title">([^<]+)<', page)

    shown = ["owner", "owner/tiny", "owner/tiny: a/b.txt"]
    assert titles(cast.owner)[:3] == shown
    assert titles(cast.owner)[-1] == "owner/secret"
    assert str(job.pk)[:8] in titles(cast.owner)[3]
    assert titles(cast.stranger)[:3] == shown
    assert "owner/secret" not in titles(cast.stranger)
