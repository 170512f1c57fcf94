"""Moderation: rules, trust, reports, reviews, sanctions, removals; played on comments of the sample app."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from redis.exceptions import RedisError

from apps.core.audit.models import AuditEntry
from apps.core.conversations.access import visible_posts
from apps.core.conversations.errors import ImpossibleMove
from apps.core.conversations.models import Post, PostState, ReadMark, Thread
from apps.core.conversations.services import posts
from apps.core.errors import Forbidden, TooMany
from apps.core.moderation import errors, selectors
from apps.core.moderation.models import (
    Act,
    Assessment,
    BanKind,
    Decision,
    Report,
    ReportReason,
    ReportState,
    ReviewItem,
    ReviewState,
    SanctionKind,
    SwitchMode,
    Trust,
    TrustLevel,
    Visit,
)
from apps.core.moderation.services import (
    Facts,
    appeal,
    block,
    claim,
    continue_removals,
    decide,
    decide_many,
    judge,
    recompute_trust,
    remove_content_of,
    report,
    sanction,
    unblock,
    undo,
    undo_removal,
)
from apps.core.moderation.services import rules as rules_module
from apps.core.moderation.services.emergency import turn_off, turn_on
from apps.core.moderation.services.rules import Rule
from apps.core.moderation.services.sanctions import ban, lift_ban, lift_sanction
from apps.core.moderation.services.trust import level_of, lock_level, reached, set_proof
from apps.users.accounts.models import User
from tests.makers import PASSWORD, a_person
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
LONG = "The kettle is broken again, and nobody knows who should have it repaired this month."


@pytest.fixture(autouse=True)
def _rules(settings):
    settings.RULE_SCORES = settings.RULE_SCORES | {"pace": 40, "too_quick": 40}


@pytest.fixture
def thread(cast) -> Thread:
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


def write(person, thread, source="Hello", **facts) -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, facts=Facts(**facts))


def hold(person, thread, source="Hello") -> Post:
    """Write a post that is held."""
    post = write(person, thread, source, honeypot="x")
    assert post.state == PostState.HELD
    return post


def state_of(post) -> str:
    return Post.objects.get(pk=post.pk).state


def item_of(post) -> ReviewItem:
    return ReviewItem.objects.filter(content=f"post:{post.public_id}").latest("pk")


def decide_on(person, post, act, statement="Advertising."):
    return decide(actor=person.actor, public_id=item_of(post).public_id, act=act, statement=statement)


def give_level(person, level):
    Trust.objects.update_or_create(user_id=person.user.pk, defaults={"level": level})


def a_judgement(person, text=LONG, **facts):
    return judge(actor=person.actor, text=text, kind="post", facts=Facts(**facts))


# the rules


def spam_mail(person):
    person.user.email = "x@mailinator.com"
    person.user.save()


def no_proof(person):
    set_proof(person.user.pk, has_proof=False)


def before(person):
    a_judgement(person, LONG.upper())


def many_before(person):
    for number in range(5):
        a_judgement(person, f"Text {number}")


BROKEN = {
    Rule.LINKS: (lambda person: None, LONG + " https://a.example" * 3, {}),
    Rule.DUPLICATE: (before, LONG, {}),
    Rule.PACE: (many_before, LONG, {}),
    Rule.DISPOSABLE_MAIL: (spam_mail, LONG, {}),
    Rule.HONEYPOT: (lambda person: None, LONG, {"honeypot": "x"}),
    Rule.TOO_QUICK: (lambda person: None, LONG, {"seconds": 0.4}),
    Rule.NO_PROOF: (no_proof, LONG, {}),
}


def test_an_ordinary_text_breaks_no_rule(cast):
    outcome = a_judgement(cast.stranger, seconds=30)

    assert (outcome.score, outcome.checks, outcome.is_held) == (0, (), False)


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_alone_changes_the_score_and_its_outcome_is_stored(cast, settings, rule):
    prepare, text, facts = BROKEN[rule]
    prepare(cast.stranger)

    outcome = a_judgement(cast.stranger, text, **facts)

    assert [check.rule for check in outcome.checks] == [rule]
    assert outcome.score == settings.RULE_SCORES[rule]
    assert outcome.is_held
    stored = Assessment.objects.latest("pk")
    assert (stored.score, stored.checks[0]["rule"]) == (outcome.score, rule)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_that_is_worth_nothing_is_off(cast, settings, rule):
    prepare, text, facts = BROKEN[rule]
    prepare(cast.stranger)
    settings.RULE_SCORES = settings.RULE_SCORES | {rule: 0}

    assert a_judgement(cast.stranger, text, **facts).score == 0


@pytest.mark.parametrize("rule", Rule)
def test_a_rule_that_fails_holds_the_text_instead_of_failing(cast, thread, monkeypatch, rule):
    def fail(submission):
        Post.objects.raw("SELECT no_such_column FROM nowhere")[0]

    monkeypatch.setitem(rules_module.RULES, rule, fail)

    post = write(cast.stranger, thread)

    assert post.state == PostState.HELD
    assert item_of(post).checks == [{"rule": rule, "score": 0, "facts": {}, "has_failed": True}]


def test_a_near_duplicate_by_somebody_else_is_found(cast):
    a_judgement(cast.member, LONG)

    assert a_judgement(cast.stranger, LONG.replace("kettle", "Kettle!") + " Really.").score == 60


def test_links_to_this_site_are_free(cast, settings):
    assert a_judgement(cast.stranger, LONG + f" {settings.PUBLIC_URL}/owner" * 9).score == 0


def test_members_may_link_as_they_like(cast):
    give_level(cast.stranger, TrustLevel.MEMBER)

    assert a_judgement(cast.stranger, LONG + " https://a.example" * 9).score == 0


def test_only_the_first_posts_of_an_account_are_held_for_little(cast, settings):
    assert a_judgement(cast.stranger, "Hello", seconds=0.4).is_held

    Trust.objects.create(user=cast.stranger.user, approved=settings.NEW_ACCOUNT_REVIEWED_POSTS)

    outcome = a_judgement(cast.stranger, "Hello", seconds=0.4)
    assert (outcome.score, outcome.is_held) == (settings.RULE_SCORES[Rule.TOO_QUICK], False)


def test_what_regulars_and_the_staff_write_is_never_held(cast, thread):
    give_level(cast.stranger, TrustLevel.REGULAR)

    assert write(cast.stranger, thread, honeypot="x").state == PostState.VISIBLE
    assert write(cast.staff, thread, honeypot="x").state == PostState.VISIBLE


def test_the_first_day_of_an_account_is_limited(cast, thread, settings):
    settings.NEW_ACCOUNT_REPLIES = 2
    for number in range(2):
        write(cast.stranger, thread, f"Text {number}")

    with pytest.raises(errors.NewAccountLimit) as refused:
        write(cast.stranger, thread)

    assert isinstance(refused.value, TooMany)
    assert refused.value.facts == {"limit": 2}
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        write(cast.stranger, thread)


# held posts


def test_a_held_post_reaches_nobody_until_it_is_approved(cast, thread):
    post = hold(cast.stranger, thread)

    thread.refresh_from_db()
    assert (thread.post_count, thread.last_number) == (0, 0)
    assert not visible_posts(cast.owner.actor).exists()
    assert item_of(post).checks[0]["rule"] == Rule.HONEYPOT

    decide_on(cast.staff, post, Act.APPROVE, "")
    thread.refresh_from_db()
    assert (state_of(post), thread.post_count) == (PostState.VISIBLE, 1)


def test_an_edit_that_breaks_a_rule_takes_the_post_back(cast, thread):
    post = write(cast.stranger, thread)

    posts.edit_post(
        actor=cast.stranger.actor, post_id=post.pk, source="Buy " + "https://a.example " * 6, revision=1
    )

    thread.refresh_from_db()
    assert (state_of(post), thread.post_count) == (PostState.HELD, 0)
    decide_on(cast.staff, post, Act.APPROVE, "")
    assert (state_of(post), Post.objects.get().number) == (PostState.VISIBLE, 1)


def test_who_moderates_the_thread_decides_there_and_the_review_is_closed(cast, thread):
    post = hold(cast.stranger, thread)

    posts.approve_post(actor=cast.owner.actor, post_id=post.pk)

    assert item_of(post).state == ReviewState.APPROVED
    assert Decision.objects.get().moderator_id == cast.owner.user.pk


def test_a_reported_post_that_an_edit_held_is_published_by_an_approval(cast, thread):
    post = write(cast.stranger, thread)
    report_as(cast.member, post)
    source = "Buy " + "https://a.example " * 6
    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source=source, revision=1)
    assert state_of(post) == PostState.HELD

    decide_on(cast.staff, post, Act.APPROVE, "")

    assert state_of(post) == PostState.VISIBLE


def test_a_held_post_that_its_author_deletes_leaves_the_queue(cast, thread):
    post = hold(cast.stranger, thread)

    posts.delete_post(actor=cast.stranger.actor, post_id=post.pk)

    assert item_of(post).state == ReviewState.REMOVED


# reviews


def test_approving_and_trusting_lifts_the_author_to_the_basic_level(cast, thread):
    decide_on(cast.staff, hold(cast.stranger, thread), Act.APPROVE_AND_TRUST, "")

    assert selectors.trust_of(cast.stranger.user.pk).level == TrustLevel.BASIC
    assert AuditEntry.objects.filter(action="trust.changed").exists()


def test_declining_hides_and_needs_a_reason_that_is_kept(cast, thread):
    post = hold(cast.stranger, thread)
    with pytest.raises(errors.ReasonRequired):
        decide_on(cast.staff, post, Act.DECLINE, "  ")

    decision = decide_on(cast.staff, post, Act.DECLINE)

    assert state_of(post) == PostState.HIDDEN
    assert (decision.statement, decision.person_id) == ("Advertising.", cast.stranger.user.pk)


def test_declining_and_blocking_suspends_the_author_until_the_undo(cast, thread):
    post = hold(cast.stranger, thread)
    decide_on(cast.staff, post, Act.DECLINE_AND_BLOCK)
    assert selectors.suspension_of(cast.stranger.user.pk) is not None

    undo(actor=cast.staff.actor, public_id=item_of(post).public_id)

    assert selectors.suspension_of(cast.stranger.user.pk) is None
    assert item_of(post).is_open


def test_a_decided_review_cannot_be_decided_again(cast, thread):
    post = hold(cast.stranger, thread)
    decide_on(cast.staff, post, Act.APPROVE)

    with pytest.raises(errors.ReviewDecided):
        decide_on(cast.staff, post, Act.DECLINE)


def test_a_claimed_review_is_decided_by_its_claimant_alone_while_the_claim_lasts(cast, thread):
    other = a_person("second-warden", is_staff=True)
    post = hold(cast.stranger, thread)
    claim(actor=other.actor, public_id=item_of(post).public_id)

    with pytest.raises(errors.ReviewClaimed) as refused:
        decide_on(cast.staff, post, Act.APPROVE)

    assert refused.value.facts == {"claimed_by": "second-warden"}
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        decide_on(cast.staff, post, Act.APPROVE)


def test_many_reviews_are_decided_at_once_and_each_says_what_became_of_it(cast, thread):
    held = [hold(cast.stranger, thread, f"Text {number}") for number in range(3)]
    decide_on(cast.staff, held[0], Act.APPROVE)
    ids = [item_of(post).public_id for post in held]

    found = decide_many(actor=cast.staff.actor, public_ids=ids, act=Act.DECLINE, statement="Spam.")

    assert isinstance(found[str(ids[0])], errors.ReviewDecided)
    assert [state_of(post) for post in held] == [PostState.VISIBLE, PostState.HIDDEN, PostState.HIDDEN]


@pytest.mark.parametrize("act", [Act.APPROVE, Act.DECLINE])
def test_an_undone_decision_is_open_again_and_reaches_nobody(cast, thread, act):
    post = hold(cast.stranger, thread)
    decide_on(cast.staff, post, act)

    undo(actor=cast.staff.actor, public_id=item_of(post).public_id)

    assert item_of(post).is_open
    assert state_of(post) == PostState.HIDDEN
    assert selectors.trust_of(cast.stranger.user.pk).approved == 0
    decide_on(cast.staff, post, Act.APPROVE)
    assert state_of(post) == PostState.VISIBLE


def test_a_decision_cannot_be_undone_later(cast, thread):
    post = hold(cast.stranger, thread)
    decide_on(cast.staff, post, Act.APPROVE)

    with time_machine.travel(timezone.now() + timedelta(hours=1)), pytest.raises(errors.UndoExpired):
        undo(actor=cast.staff.actor, public_id=item_of(post).public_id)


def test_a_stranger_neither_sees_nor_decides_reviews(cast, thread):
    post = hold(cast.stranger, thread)

    with pytest.raises(errors.ReviewNotFound):
        decide_on(cast.stranger, post, Act.APPROVE)
    with pytest.raises(Forbidden):
        selectors.reviews_for(cast.stranger.actor)


@pytest.mark.parametrize(
    "statement", ["UPDATE moderation_decision SET act = 'undo'", "DELETE FROM moderation_decision"]
)
def test_decisions_are_append_only(cast, thread, statement):
    decide_on(cast.staff, hold(cast.stranger, thread), Act.DECLINE)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Decision.objects.count() == 1


# reports


def reporters(count, level=TrustLevel.BASIC):
    people = [a_person(f"reader-{number}") for number in range(count)]
    for person in people:
        give_level(person, level)
    return people


def report_as(person, post, reason=ReportReason.SPAM) -> Report:
    return report(actor=person.actor, content=f"post:{post.public_id}", reason=reason)


def test_three_reports_hide_a_post_and_a_rejection_lowers_the_weight_of_its_reporters(cast, thread):
    post, people = write(cast.stranger, thread), reporters(3)
    for person in people[:2]:
        report_as(person, post)
    assert state_of(post) == PostState.VISIBLE

    report_as(people[2], post)
    assert state_of(post) == PostState.HIDDEN
    assert Decision.objects.get().act == Act.HIDE_REPORTED

    decide_on(cast.staff, post, Act.APPROVE)
    assert state_of(post) == PostState.VISIBLE
    assert {one.state for one in Report.objects.all()} == {ReportState.REJECTED}
    other = write(cast.stranger, thread, "Other")
    assert report_as(people[0], other).weight < 1


def test_reports_of_new_accounts_are_read_but_count_nothing(cast, thread):
    post = write(cast.stranger, thread)

    for person in reporters(4, TrustLevel.NEW):
        report_as(person, post)

    assert state_of(post) == PostState.VISIBLE
    assert item_of(post).is_open


def test_more_reports_are_needed_against_members_and_none_suffices_against_the_staff(cast, thread):
    give_level(cast.member, TrustLevel.MEMBER)
    by_member, by_staff = write(cast.member, thread), write(cast.staff, thread)

    for person in reporters(4):
        report_as(person, by_member)
        report_as(person, by_staff)

    assert [state_of(by_member), state_of(by_staff)] == [PostState.VISIBLE, PostState.VISIBLE]


def test_a_person_reports_content_once(cast, thread):
    post = write(cast.stranger, thread)
    report_as(cast.member, post)

    with pytest.raises(errors.AlreadyReported):
        report_as(cast.member, post)


def test_what_one_cannot_read_one_cannot_report(cast):
    note = Note.objects.create(namespace=cast.owner.user.namespace, title="Mine", is_public=False)
    post = write(cast.owner, thread_of(note))

    for content in (f"post:{post.public_id}", "post:0", "post:x", "none:1", "post:" + "9" * 30):
        with pytest.raises(errors.ContentNotFound):
            report(actor=cast.stranger.actor, content=content, reason=ReportReason.SPAM)


def test_the_reports_of_a_day_are_limited(cast, thread, settings):
    settings.REPORTS_PER_DAY = 1
    report_as(cast.member, write(cast.stranger, thread))

    with pytest.raises(errors.TooManyReports):
        report_as(cast.member, write(cast.stranger, thread, "Other"))


def test_an_author_appeals_once_and_an_approval_shows_the_post_again(cast, thread):
    post = hold(cast.stranger, thread)
    decide_on(cast.staff, post, Act.DECLINE)

    appeal(actor=cast.stranger.actor, content=f"post:{post.public_id}", note="It is no advertising.")
    decide_on(cast.staff, post, Act.APPROVE)

    assert state_of(post) == PostState.VISIBLE
    with pytest.raises(errors.AlreadyAppealed):
        appeal(actor=cast.stranger.actor, content=f"post:{post.public_id}", note="Again.")


# trust


def have_read(person, threads, number):
    for _thread in range(threads):
        one = Thread.objects.create(kind="note", last_number=number, last_posted_at=timezone.now())
        ReadMark.objects.create(user=person.user, thread=one, number=number)


def visit(person, days, minutes):
    today = timezone.now().date()
    Visit.objects.bulk_create(
        [Visit(user=person.user, day=today - timedelta(days=day), minutes=minutes) for day in range(days)],
        ignore_conflicts=True,
    )


def level(person) -> int:
    recompute_trust()
    return selectors.trust_of(person.user.pk).level


def test_people_climb_from_new_to_regular_and_fall_back(cast, thread, settings):
    settings.TRUST_LEVELS = settings.TRUST_LEVELS | {
        3: settings.TRUST_LEVELS[3] | {"threads_replied_to": 1, "reactions_received": 0}
    }
    settings.TRUST_LEVELS[2] |= {"threads_replied_to": 1, "reactions_given": 0, "reactions_received": 0}
    person = cast.stranger
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=30)):
        visit(person, 1, 5)
        assert level(person) == TrustLevel.NEW
        Visit.objects.update(minutes=20)
        have_read(person, 5, 10)
        assert level(person) == TrustLevel.BASIC
    with time_machine.travel(start + timedelta(days=20)):
        write(cast.owner, thread, "First")
        write(person, thread, "Second")
        have_read(person, 20, 10)
        visit(person, 16, 20)
        assert level(person) == TrustLevel.MEMBER
    with time_machine.travel(start + timedelta(days=90)):
        visit(person, 60, 20)
        assert level(person) == TrustLevel.REGULAR
    with time_machine.travel(start + timedelta(days=300)):
        assert level(person) == TrustLevel.MEMBER


def test_a_sanction_resets_the_level_for_a_month_and_bars_that_of_regulars_for_half_a_year(cast):
    give_level(cast.stranger, TrustLevel.MEMBER)
    sanction(
        actor=cast.staff.actor,
        user_id=cast.stranger.user.pk,
        kind=SanctionKind.SILENCE,
        reason="Flood.",
        until=timezone.now() + timedelta(days=1),
    )

    facts = reached([cast.stranger.user.pk], None)[cast.stranger.user.pk]

    assert selectors.trust_of(cast.stranger.user.pk).level == TrustLevel.NEW
    assert facts["days_since_sanction"] == 0
    assert level_of(facts | {"posts_read": 900}, facts, TrustLevel.MEMBER) == TrustLevel.NEW


def test_a_locked_level_stays(cast):
    lock_level(actor=cast.staff.actor, user_id=cast.stranger.user.pk, level=TrustLevel.LEADER)
    assert level(cast.stranger) == TrustLevel.LEADER

    lock_level(actor=cast.staff.actor, user_id=cast.stranger.user.pk, level=None)

    assert level(cast.stranger) < TrustLevel.LEADER
    with pytest.raises(Forbidden):
        lock_level(actor=cast.owner.actor, user_id=cast.owner.user.pk, level=TrustLevel.LEADER)


# sanctions


def impose_on(cast, kind, **options):
    return sanction(
        actor=cast.staff.actor, user_id=cast.stranger.user.pk, kind=kind, reason="Flood.", **options
    )


def test_a_silenced_person_reads_and_does_not_write_until_it_ends(cast, thread):
    until = timezone.now() + timedelta(days=1)
    impose_on(cast, SanctionKind.SILENCE, until=until)

    with pytest.raises(errors.Silenced) as refused:
        write(cast.stranger, thread)

    assert refused.value.facts == {"until": until.isoformat(), "reason": "Flood."}
    with time_machine.travel(until + timedelta(minutes=1)):
        write(cast.stranger, thread)


def test_a_suspended_person_uses_neither_session_nor_token_nor_signs_in(cast):
    browser, headers = Client(), cast.stranger.headers
    browser.force_login(cast.stranger.user)
    assert browser.get("/settings/password").status_code == 200
    imposed = impose_on(cast, SanctionKind.SUSPEND)
    cache.clear()

    assert browser.get("/settings/password").status_code == 403
    assert browser.get("/settings/password").status_code == 302
    answer = Client().get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "AccountSuspended")
    signed_in = Client().post("/login", {"login": "stranger", "password": PASSWORD})
    assert signed_in.status_code == 403

    lift_sanction(actor=cast.staff.actor, public_id=imposed.public_id)
    cache.clear()
    assert Client().get("/api/v1/me", headers=headers).status_code == 200


def test_a_suspension_ends_by_itself_also_while_it_is_cached(cast):
    headers = cast.stranger.headers
    impose_on(cast, SanctionKind.SUSPEND, until=timezone.now() + timedelta(minutes=1))
    cache.clear()
    assert Client().get("/api/v1/me", headers=headers).status_code == 403

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert Client().get("/api/v1/me", headers=headers).status_code == 200


def test_a_suspension_holds_while_the_cache_is_unreachable(cast, monkeypatch):
    headers, free = cast.stranger.headers, cast.member.headers
    impose_on(cast, SanctionKind.SUSPEND)

    def fail(self, *parts):
        raise RedisError

    monkeypatch.setattr("apps.core.cache.CachedValue.get", fail)

    assert Client().get("/api/v1/me", headers=headers).status_code == 403
    assert Client().get("/api/v1/me", headers=free).status_code == 200


def test_the_staff_cannot_be_sanctioned_and_others_cannot_sanction(cast):
    with pytest.raises(errors.StaffProtected):
        sanction(
            actor=cast.staff.actor, user_id=cast.staff.user.pk, kind=SanctionKind.SUSPEND, reason="Why not."
        )
    with pytest.raises(Forbidden):
        sanction(
            actor=cast.owner.actor, user_id=cast.stranger.user.pk, kind=SanctionKind.SILENCE, reason="No."
        )


@pytest.mark.parametrize(
    ("kind", "value", "facts"),
    [
        (BanKind.MAIL_DOMAIN, "@Example.COM", {}),
        (BanKind.NETWORK, "192.0.2.77/24", {"ip": "192.0.2.9"}),
        (BanKind.NETWORK, "2001:db8::/32", {"ip": "2001:db8:1::5"}),
    ],
)
def test_a_banned_domain_or_network_cannot_post(cast, thread, kind, value, facts):
    banned = ban(actor=cast.staff.actor, kind=kind, value=value, reason="Flood.")

    with pytest.raises(errors.Banned):
        write(cast.stranger, thread, **facts)

    lift_ban(actor=cast.staff.actor, public_id=banned.public_id)
    write(cast.stranger, thread, **facts)


@pytest.mark.parametrize(("kind", "value"), [(BanKind.MAIL_DOMAIN, "com"), (BanKind.NETWORK, "example.com")])
def test_a_ban_needs_a_domain_or_a_network(cast, kind, value):
    with pytest.raises(errors.InvalidBan):
        ban(actor=cast.staff.actor, kind=kind, value=value, reason="Flood.")


def test_a_banned_mail_domain_cannot_sign_up(cast, settings):
    ban(actor=cast.staff.actor, kind=BanKind.MAIL_DOMAIN, value="bad.example", reason="Flood.")
    form = {"username": "newcomer", "email": "me@sub.bad.example", "password1": PASSWORD}

    assert Client().post("/signup", form).status_code == 200
    assert Client().post("/signup", form | {"email": "me@good.example"}).status_code == 302


def test_a_block_works_one_way_and_ends(cast):
    block(actor=cast.owner.actor, user_id=cast.stranger.user.pk)
    block(actor=cast.owner.actor, user_id=cast.stranger.user.pk)

    ids = [cast.owner.user.pk, cast.stranger.user.pk]
    assert selectors.blocked_by(ids) == {cast.owner.user.pk: {cast.stranger.user.pk}}
    unblock(actor=cast.owner.actor, user_id=cast.stranger.user.pk)
    assert selectors.blocked_by(ids) == {}
    with pytest.raises(errors.PersonNotFound):
        block(actor=cast.owner.actor, user_id=cast.owner.user.pk)


# the emergency switch


def test_the_switch_refuses_new_accounts_with_its_reason_and_ends_by_itself(cast, thread):
    give_level(cast.member, TrustLevel.BASIC)
    switch = turn_on(
        actor=cast.staff.actor, mode=SwitchMode.BASIC, reason="A flood.", lasts=timedelta(hours=1)
    )

    with pytest.raises(errors.PostingPaused) as refused:
        write(cast.stranger, thread)

    assert refused.value.status == 403
    assert refused.value.facts == {"reason": "A flood.", "until": switch.ends_at.isoformat()}
    write(cast.member, thread)
    with time_machine.travel(switch.ends_at + timedelta(seconds=1)):
        write(cast.stranger, thread)


def test_the_switch_can_leave_the_staff_alone_and_close_the_sign_up(cast, thread):
    turn_on(
        actor=cast.staff.actor,
        mode=SwitchMode.STAFF,
        reason="A flood.",
        lasts=timedelta(days=99),
        is_sign_up_off=True,
    )

    with pytest.raises(errors.PostingPaused):
        write(cast.member, thread)
    write(cast.staff, thread)
    form = {"username": "newcomer", "email": "me@good.example", "password1": PASSWORD}
    Client().post("/signup", form)
    assert not User.objects.filter(username="newcomer").exists()
    turn_off(actor=cast.staff.actor)
    write(cast.member, thread)


# removing everything


def a_flood(cast, thread, count):
    give_level(cast.member, TrustLevel.REGULAR)
    flood = [write(cast.member, thread, f"Text {number}") for number in range(count)]
    give_level(cast.member, TrustLevel.NEW)
    return flood


def test_one_act_removes_all_content_and_an_undo_restores_what_it_removed(cast, thread):
    flood = a_flood(cast, thread, 120)
    hidden = flood.pop(0)
    posts.hide_post(actor=cast.owner.actor, post_id=hidden.pk)
    waiting = hold(cast.member, thread)

    removal = remove_content_of(actor=cast.staff.actor, user_id=cast.member.user.pk, reason="Flood.")
    assert continue_removals() == 119
    assert {state_of(post) for post in flood} == {PostState.HIDDEN}
    assert item_of(waiting).state == ReviewState.REMOVED
    thread.refresh_from_db()
    assert thread.post_count == 0

    undo_removal(actor=cast.staff.actor, public_id=removal.public_id)
    assert continue_removals() == 119
    assert {state_of(post) for post in flood} == {PostState.VISIBLE}
    assert (state_of(hidden), state_of(waiting)) == (PostState.HIDDEN, PostState.HELD)
    assert item_of(waiting).is_open

    undo_removal(actor=cast.staff.actor, public_id=removal.public_id, is_undone=False)
    assert continue_removals() == 119
    assert {state_of(post) for post in flood} == {PostState.HIDDEN}
    acts = list(
        Decision.objects.filter(person_id=cast.member.user.pk, content="").values_list("act", flat=True)
    )
    assert acts == [Act.REMOVE_ALL, Act.RESTORE_ALL, Act.REMOVE_ALL]


def test_a_removal_that_is_undone_half_way_leaves_everything_visible(cast, thread, monkeypatch):
    flood = a_flood(cast, thread, 60)
    removal = remove_content_of(actor=cast.staff.actor, user_id=cast.member.user.pk, reason="Flood.")
    monkeypatch.setattr("apps.core.moderation.services.removals.BATCHES_PER_CALL", 1)
    assert continue_removals() == 50

    undo_removal(actor=cast.staff.actor, public_id=removal.public_id)
    while continue_removals():
        pass

    assert {state_of(post) for post in flood} == {PostState.VISIBLE}


def test_only_the_staff_removes_everything(cast):
    with pytest.raises(Forbidden):
        remove_content_of(actor=cast.owner.actor, user_id=cast.member.user.pk, reason="Flood.")


# two at once


@pytest.mark.django_db(transaction=True)
def test_two_moderators_decide_at_once_and_neither_waits_for_the_other_for_ever(cast, thread):
    post = hold(cast.stranger, thread)
    acts = [
        lambda: decide_on(cast.staff, post, Act.APPROVE),
        lambda: posts.approve_post(actor=cast.owner.actor, post_id=post.pk),
    ]

    found = at_once(acts)

    assert set(map(type, found)) <= {Decision, Post, errors.ReviewDecided, ImpossibleMove}
    assert state_of(post) == PostState.VISIBLE
    assert Thread.objects.get(pk=thread.pk).post_count == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_reports_by_one_person_at_once_counts(cast, thread):
    post = write(cast.stranger, thread)

    found = at_once([lambda: report_as(cast.member, post)] * 8)

    assert [type(one) for one in found].count(Report) == 1
    assert Report.objects.count() == 1


def at_once(acts):
    """Run functions in threads and return what each returned or raised."""

    def run(act):
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
