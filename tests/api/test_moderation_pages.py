"""Pages of moderation, on comments of the sample app."""

import re
from datetime import timedelta

import pytest
import time_machine
from altcha import Challenge, Payload, solve_challenge
from django.template import RequestContext, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.core.conversations.models import Post, PostState
from apps.core.conversations.services import posts
from apps.core.moderation.models import Ban, BanKind, Removal, Report, ReviewItem, Sanction, SavedReply, Trust
from apps.core.moderation.selectors import emergency
from apps.core.moderation.services import Facts
from apps.core.moderation.services.proof import is_solved
from apps.core.moderation.services.sanctions import ban
from apps.core.moderation.submissions import HONEYPOT, OPENED, facts_of, opened_now
from apps.users.accounts.models import User
from tests.makers import PASSWORD, Person
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def thread(cast):
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


@pytest.fixture
def staff(cast) -> Client:
    return browser(cast.staff)


def browser(person) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def hold(person, thread, source="Milk") -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, facts=Facts(honeypot="x"))


def item_of(post) -> ReviewItem:
    return ReviewItem.objects.get(content=f"post:{post.public_id}")


def shown(page) -> list[str]:
    return re.findall(r'data-review="([^"]+)"', page.content.decode())


def test_the_queue_shows_what_is_held_as_inert_text(staff, cast, thread):
    post = hold(cast.stranger, thread, HOSTILE)

    page = staff.get("/site/reviews")

    assert shown(page) == [str(item_of(post).public_id)]
    assert HOSTILE not in page.content.decode()
    assert "&lt;script&gt;" in page.content.decode()


def test_a_long_queue_is_paged_and_takes_few_queries(staff, cast, thread, django_assert_max_num_queries):
    for number in range(31):
        hold(cast.stranger, thread, f"Milk {number}")

    staff.get("/site/reviews")
    with django_assert_max_num_queries(12):
        page = staff.get("/site/reviews")

    assert len(shown(page)) == 30
    (following,) = re.findall(r'rel="next" href="([^"]+)"', page.content.decode())
    assert len(shown(staff.get("/site/reviews" + following.replace("&amp;", "&")))) == 1


def test_one_review_is_decided_by_its_button_and_undone(staff, cast, thread):
    post = hold(cast.stranger, thread)
    public_id = item_of(post).public_id

    answer = staff.post("/site/reviews/decide", {"one": f"approve {public_id}", "query": "kind=post"})

    assert answer["Location"] == "/site/reviews?kind=post"
    assert Post.objects.get().state == PostState.VISIBLE
    assert f"/site/reviews/{public_id}/undo" in staff.get("/site/reviews?state=approved").content.decode()
    staff.post(f"/site/reviews/{public_id}/undo")
    assert item_of(post).is_open


def test_selected_reviews_are_declined_with_a_saved_reply(staff, cast, thread):
    held = [hold(cast.stranger, thread, f"Milk {number}") for number in range(3)]
    staff.post("/site/moderation/reply", {"reply-title": "Spam", "reply-text": "No advertising."})
    reply = SavedReply.objects.get()

    ids = [str(item_of(post).public_id) for post in held[:2]]
    staff.post("/site/reviews/decide", {"act": "decline", "ids": ids, "reply": str(reply.public_id)})

    assert [item_of(post).state for post in held] == ["declined", "declined", "open"]
    assert item_of(held[0]).decisions.get().statement == "No advertising."


@pytest.mark.parametrize("form", [{"act": "none"}, {"act": "approve", "ids": "x"}, {"one": "approve x"}, {}])
def test_a_decision_that_cannot_be_read_is_refused(staff, form):
    assert staff.post("/site/reviews/decide", form).status_code == 400


def test_a_review_is_claimed_and_released(staff, cast, thread):
    path = f"/site/reviews/{item_of(hold(cast.stranger, thread)).public_id}/claim"

    staff.post(path)
    assert ReviewItem.objects.get().claimed_by == cast.staff.user
    staff.post(path, {"release": "1"})
    assert ReviewItem.objects.get().claimed_by is None


def test_a_person_is_sanctioned_trusted_and_their_content_removed(staff, cast, thread):
    record = "/site/people/stranger"

    assert staff.get(record).status_code == 200
    staff.post(f"{record}/sanction", {"kind": "silence", "days": "7", "reason": HOSTILE})
    staff.post(f"{record}/trust", {"level": "2"})
    staff.post(f"{record}/remove", {"removal_reason": "Flood."})

    sanction, removal = Sanction.objects.get(), Removal.objects.get()
    assert timedelta(days=6) < sanction.until - timezone.now() < timedelta(days=8)
    assert Trust.objects.get(user=cast.stranger.user).is_locked
    assert HOSTILE not in staff.get(record).content.decode()
    staff.post(f"/site/sanctions/{sanction.public_id}/lift")
    staff.post(f"/site/removals/{removal.public_id}/undo")
    removal.refresh_from_db()
    assert removal.is_undone
    assert not Sanction.objects.get().is_in_force
    assert staff.post(f"{record}/sanction", {"kind": "silence"}).status_code == 422


def test_the_switch_and_a_ban_are_set_and_ended(staff):
    form = {"switch-mode": "staff", "switch-hours": "6", "switch-reason": "A flood."}
    staff.post("/site/moderation/switch-on", form)
    ban = {"ban-kind": "network", "ban-value": "192.0.2.1/24", "ban-reason": "Flood."}
    staff.post("/site/moderation/ban", ban)

    assert emergency().mode == "staff"
    assert b'data-ban="192.0.2.0/24"' in staff.get("/site/moderation").content
    assert staff.post("/site/moderation/ban", ban | {"ban-value": "?"}).status_code == 422
    staff.post("/site/moderation/switch-off")
    staff.post(f"/site/moderation/bans/{Ban.objects.get().public_id}/lift")
    assert emergency() is None
    assert Ban.objects.get().lifted_at is not None


def test_content_is_reported_from_a_page_that_works_without_scripts(cast, thread):
    post = posts.add_post(actor=cast.stranger.actor, thread_id=thread.pk, source="Milk")
    member = browser(cast.member)
    content = f"post:{post.public_id}"
    form = {"content": content, "reason": "spam", "note": "Look.", "next": "/notes"}

    assert content in member.get(f"/report?content={content}").content.decode()
    assert member.post("/report/send", form)["Location"] == "/notes"
    assert Report.objects.get().reporter == cast.member.user
    assert member.post("/report/send", form).status_code == 422
    outside = browser(cast.owner).post("/report/send", form | {"next": "https://evil.example/"})
    assert outside["Location"] == "/"


def test_the_report_link_names_its_content_and_opens_the_dialog():
    request = RequestFactory().get("/notes/1")
    source = '<c-report content="post:1">Report</c-report><c-report-dialog />'
    from django_cotton.compiler_regex import CottonCompiler

    html = Template(CottonCompiler().process(source)).render(RequestContext(request))

    assert 'data-reports="post:1"' in html
    assert html.count("<dialog") == 1
    assert html.count('type="radio"') == 6


def facts(**form) -> Facts:
    return facts_of(RequestFactory().post("/", form, REMOTE_ADDR="192.0.2.7"))


def test_a_form_tells_how_long_it_was_open_and_what_its_hidden_field_holds():
    opened = opened_now()

    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        found = facts(**{OPENED: opened, HONEYPOT: "https://spam.example"})

    assert (round(found.seconds), found.honeypot, found.ip) == (30, "https://spam.example", "192.0.2.7")


def test_a_forged_time_counts_as_none_and_a_request_without_a_form_has_none():
    assert facts(**{OPENED: "1234"}).seconds == 0
    assert facts().seconds is None


def fields_of(page) -> dict[str, str]:
    """Return the hidden fields of the composer of a page."""
    return dict(
        re.findall(
            rf'name="({HONEYPOT}|{OPENED})"(?: tabindex="-1" autocomplete="off")?(?: value="([^"]*)")?', page
        )
    )


def test_the_composer_sends_what_tells_people_from_machines(cast, thread, settings):
    settings.RULE_SCORES = settings.RULE_SCORES | {"too_quick": 40}
    client, path = browser(cast.stranger), f"/threads/{thread.public_id}/reply"
    fields = fields_of(client.get(path).content.decode())

    client.post(path, {"source": "Milk", **fields})
    assert Post.objects.get().state == PostState.HELD

    with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=False):
        client.post(path, {"source": "Bread", **fields})
        client.post(path, {"source": "Sugar", **fields, HONEYPOT: "https://spam.example"})
    assert [post.state for post in Post.objects.order_by("pk")[1:]] == [PostState.VISIBLE, PostState.HELD]


def test_a_preview_does_not_start_the_clock_of_a_form_again(cast, thread, settings):
    settings.RULE_SCORES = settings.RULE_SCORES | {"too_quick": 40}
    client, path = browser(cast.stranger), f"/threads/{thread.public_id}/reply"
    fields = fields_of(client.get(path).content.decode())

    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        page = client.post(path, {"source": "Milk", "act": "preview", **fields})
        client.post(path, {"source": "Milk", **fields_of(page.content.decode())})

    assert Post.objects.get().state == PostState.VISIBLE


def test_an_edit_is_judged_with_the_facts_of_its_form(cast, thread):
    post = posts.add_post(actor=cast.stranger.actor, thread_id=thread.pk, source="Milk")
    form = {"source": "Bread", "revision": 1, HONEYPOT: "https://spam.example"}

    page = browser(cast.stranger).post(f"/posts/{post.public_id}/edit", form, follow=True)

    assert Post.objects.get().state == PostState.HELD
    assert list(page.context["messages"])


def test_a_banned_network_posts_neither_by_a_form_nor_by_a_program(cast, thread):
    ban(actor=cast.staff.actor, kind=BanKind.NETWORK, value="192.0.2.0/24", reason="Spam.")
    client = browser(cast.stranger)

    form = client.post(f"/threads/{thread.public_id}/reply", {"source": "Milk"}, REMOTE_ADDR="192.0.2.7")
    call = client.post(
        f"/api/v1/threads/{thread.public_id}/posts",
        {"source": "Milk"},
        "application/json",
        REMOTE_ADDR="192.0.2.7",
    )

    assert (form.status_code, call.status_code, call.json()["code"]) == (403, 403, "Banned")
    assert not Post.objects.exists()


def test_an_author_reads_the_reasons_of_a_decision_and_appeals_it(staff, cast, thread):
    post = hold(cast.stranger, thread)
    one = f"decline {item_of(post).public_id}"
    staff.post("/site/reviews/decide", {"one": one, "statement": HOSTILE})
    author = browser(cast.stranger)

    page = author.get("/settings/standing").content.decode()
    assert "&lt;script&gt;" in page
    assert HOSTILE not in page
    (decision,) = re.findall(r'data-decision="([^"]+)"', page)
    assert "data-decision" not in browser(cast.member).get("/settings/standing").content.decode()
    browser(cast.member).post(f"/settings/standing/decisions/{decision}/appeal")
    assert not ReviewItem.objects.filter(cause="appealed").exists()
    author.post(f"/settings/standing/decisions/{decision}/appeal", {"note": "Look again."})

    assert ReviewItem.objects.get(cause="appealed").note == "Look again."


def test_a_person_is_blocked_and_unblocked_from_a_page(cast):
    owner = browser(cast.owner)

    owner.post("/settings/standing/blocks/stranger")
    assert b'data-block="stranger"' in owner.get("/settings/standing").content
    owner.post("/settings/standing/blocks/stranger", {"unblock": "1"})

    assert b"data-block" not in owner.get("/settings/standing").content


# the challenge of the sign-up form

SIGN_UP = {"username": "newcomer", "email": "me@good.example", "password1": PASSWORD}


def solved() -> str:
    challenge = Challenge.from_dict(Client().get("/signup/challenge").json())
    return Payload(challenge, solve_challenge(challenge)).to_base64()


def has_proof(**form) -> bool:
    assert Client().post("/signup", SIGN_UP | form).status_code == 302
    return Trust.objects.get(user__username="newcomer").has_proof


def test_an_account_that_solved_the_challenge_has_its_proof():
    assert has_proof(altcha=solved())


@pytest.mark.parametrize("payload", ["", "x", "e30=", "A" * 5000])
def test_an_account_without_the_proof_is_made_and_its_first_post_held(thread, payload):
    assert not has_proof(altcha=payload)

    newcomer = Person(User.objects.get(username="newcomer"))
    post = posts.add_post(actor=newcomer.actor, thread_id=thread.pk, source="Milk")
    assert post.state == PostState.HELD


def test_a_solution_counts_once_and_not_after_an_hour():
    payload = solved()
    late = solved()

    assert is_solved(payload)
    assert not is_solved(payload)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert not is_solved(late)


def test_a_machine_that_fills_in_what_people_do_not_see_has_no_proof():
    assert not has_proof(altcha=solved(), **{HONEYPOT: "x"})
