"""Workers of people and organizations: whose jobs they get, and what their word counts."""

from uuid import UUID, uuid4

import pytest

from apps.core.actor import Need
from apps.core.errors import BadToken, Forbidden, Unauthenticated
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.toolchain.contracts import RECEIPT_TYPE, SELF_REPORTED_TYPE, OutputRepo, PinnedRepo, verify_receipt
from apps.toolchain.fleet.services import create_worker_token, revoke_worker_token
from apps.toolchain.jobs.errors import InvalidOrder, UnfitWorker
from apps.toolchain.jobs.models import Job, Worker
from apps.toolchain.jobs.services import claim_job, set_repo_visibility
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.selectors import verified_scores
from apps.toolchain.receipts.services import record_result
from apps.users.accounts.models import AccessToken, Membership, Role
from tests.job_makers import MODEL, a_job, a_result, key_actor
from tests.makers import a_repo
from tests.worker_makers import a_site_worker, an_own_worker

PRIVATE = PinnedRepo("dataset", "stranger/secret", "d" * 40, str(uuid4()))


def an_evaluation(person, **facts) -> Job:
    return a_job(person, "evaluate", **facts)


def test_a_persons_worker_gets_their_jobs_alone(cast):
    a_job(cast.stranger)
    mine = a_job(cast.owner)
    worker = an_own_worker(cast.owner)

    claim = worker.next().claim

    assert claim.spec.id == str(mine.pk)
    assert worker.next().claim is None
    assert Job.objects.get(pk=mine.pk).operator == "person:owner"


def test_an_organizations_worker_gets_its_jobs(cast):
    a_job(cast.owner)
    job = a_job(cast.owner, output=OutputRepo("model", "grove/tuned"))

    claim = an_own_worker(cast.owner, "grove").next().claim

    assert claim.spec.id == str(job.pk)
    assert Job.objects.get(pk=job.pk).operator == "organization:grove"


def test_only_who_administers_an_organization_adds_workers_and_only_as_long_as_they_do(cast):
    worker = an_own_worker(cast.owner, "grove")
    with pytest.raises(Forbidden):
        create_worker_token(actor=cast.member.actor, name="desk", owner="grove")

    Membership.objects.filter(namespace=cast.organization, user=cast.owner.user).update(role=Role.WRITE)

    with pytest.raises(Forbidden):
        worker.next()


def test_only_administrators_add_workers_of_the_site(cast):
    with pytest.raises(Forbidden):
        create_worker_token(actor=cast.owner.actor, name="desk")

    token, _raw = create_worker_token(actor=cast.staff.actor, name="rack")
    assert token.grants == []


@pytest.mark.parametrize(
    "facts",
    [
        {"runs_on": "site"},
        {"is_site_only": True},
        {"inputs": {"model": MODEL, "dataset": PRIVATE}, "private_inputs": ["dataset"]},
    ],
    ids=["the person wants the site", "hidden data", "a private repository of somebody else"],
)
def test_what_others_may_not_see_goes_to_workers_of_the_site_alone(cast, facts):
    job = an_evaluation(cast.owner, **facts)
    own = an_own_worker(cast.owner)

    assert own.next().claim is None
    with pytest.raises(UnfitWorker):
        claim_job(actor=own.actor, job_id=job.pk, request=old_request())
    assert a_site_worker(cast).next().claim.spec.id == str(job.pk)


def old_request():
    from apps.toolchain.contracts import ClaimRequest
    from tests.job_makers import HARDWARE

    return ClaimRequest("old", HARDWARE, {}, takes_untrusted=True)


def test_ones_own_private_repository_is_no_secret_from_ones_own_worker(cast):
    job = an_evaluation(cast.owner, private_inputs=["model", "dataset"])

    assert an_own_worker(cast.owner).next().claim.spec.id == str(job.pk)


def test_a_repository_that_becomes_private_while_the_job_waits_counts_as_it_is_then(cast):
    an_evaluation(cast.owner, inputs={"model": MODEL, "dataset": PRIVATE})
    set_repo_visibility(PRIVATE.key, is_public=False)

    assert an_own_worker(cast.owner).next().claim is None


def test_a_job_for_own_workers_is_not_for_those_of_the_site(cast):
    a_job(cast.owner, runs_on="own")

    assert a_site_worker(cast).next().claim is None
    assert an_own_worker(cast.owner).next().claim is not None


def test_hidden_data_and_own_workers_contradict_each_other(cast):
    with pytest.raises(InvalidOrder) as refused:
        an_evaluation(cast.owner, runs_on="own", is_site_only=True)

    assert set(refused.value.facts["fields"]) == {"runs_on"}


def test_a_name_of_the_sites_worker_is_no_disguise(cast):
    site = a_site_worker(cast, "box-1")

    own = an_own_worker(cast.owner, name="box-1")

    assert own.id != site.id
    assert Worker.objects.filter(name="box-1").count() == 2


def test_a_forged_score_is_signed_as_self_reported_and_counts_nowhere(cast):
    real = an_evaluation(cast.owner)
    claim = a_site_worker(cast).next().claim
    honest = record_result(actor=key_actor(claim), job_id=real.pk, result=a_result(claim))
    forged_job = an_evaluation(cast.owner)
    forger = an_own_worker(cast.owner, name="worker-1").next().claim
    perfect = [(score.name, 1.0) for score in a_result(forger).scores]

    forged = record_result(
        actor=key_actor(forger),
        job_id=forged_job.pk,
        result=a_result(forger, scores=tuple(type(a_result(forger).scores[0])(*one) for one in perfect)),
    )

    key = forged.signing_key.public_key
    assert (honest.body["type"], honest.body["worker"]["operator"]) == (RECEIPT_TYPE, "site")
    assert (forged.body["type"], forged.body["worker"]) == (
        SELF_REPORTED_TYPE,
        {"name": "worker-1", "operator": "person:owner"},
    )
    assert verify_receipt(forged.body, forged.signature, key)
    disguised = {**forged.body, "type": RECEIPT_TYPE, "worker": honest.body["worker"]}
    assert not verify_receipt(disguised, forged.signature, key)
    model = UUID(str(honest.model_key))
    scores = verified_scores([model])[model]
    assert (scores.count, scores.accuracy, scores.receipt) == (1, 0.87, honest.pk)
    assert [receipt.is_verified for receipt in (honest, forged)] == [True, False]


def test_who_ran_a_job_stays_known_when_the_worker_is_gone(cast):
    job = an_evaluation(cast.owner)
    claim = an_own_worker(cast.owner).next().claim
    Worker.objects.all().delete()

    receipt = record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))

    assert (receipt.operator, receipt.body["type"]) == ("person:owner", SELF_REPORTED_TYPE)


def test_another_attempt_on_the_site_is_the_sites_word_again(cast):
    job = an_evaluation(cast.owner)
    an_own_worker(cast.owner).next()
    Job.objects.update(state="queued", worker=None)
    claim = a_site_worker(cast).next().claim

    receipt = record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))

    assert receipt.operator == "site"


def test_the_token_of_a_worker_reads_nothing(cast, client):
    a_repo(cast.owner, "secret", is_private=True)
    worker = an_own_worker(cast.owner)
    headers = {"authorization": f"Bearer {worker.token}"}
    private = an_evaluation(cast.owner, private_inputs=["model"])

    paths = [
        "/api/models/owner/secret",
        "/owner/secret/resolve/main/README.md",
        f"/api/v1/jobs/{private.pk}",
        f"/api/v1/jobs/{private.pk}/events",
        "/api/v1/me",
        "/api/v1/workers",
        f"/api/v1/workers/{worker.id}",
        "/api/v1/worker-tokens",
    ]

    assert {client.get(path, headers=headers).status_code for path in paths} <= {401, 403, 404}
    with pytest.raises((Forbidden, Unauthenticated, Exception)) as refused:
        repo_for(worker.actor, Address.of_kind(RepoKind.MODEL, "owner/secret"), Need.READ)
    assert refused.value.status in (401, 403, 404)


def test_a_revoked_token_gives_no_job_and_the_running_one_goes_on(cast):
    a_job(cast.owner), a_job(cast.owner)
    worker = an_own_worker(cast.owner)
    claim = worker.next().claim
    token = AccessToken.objects.get(name="desk")

    revoke_worker_token(actor=cast.owner.actor, token_id=token.public_id)

    with pytest.raises(BadToken):
        worker.next()
    assert key_actor(claim).job_id == claim.spec.id


def test_the_site_signs_nothing_twice_for_one_job(cast):
    job = an_evaluation(cast.owner)
    claim = an_own_worker(cast.owner).next().claim

    for _ in range(2):
        record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))

    assert Receipt.objects.count() == 1
