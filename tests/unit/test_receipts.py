"""Receipts: signed once, verifiable with the public key, invalid after any change."""

import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apps.core.errors import Conflict
from apps.toolchain.contracts import public_key_of
from apps.toolchain.jobs.live import compact_json
from apps.toolchain.jobs.services import set_repo_visibility
from apps.toolchain.receipts.keys import current_key, private_key, public_pem
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.presenters import receipt_page
from apps.toolchain.receipts.selectors import receipts_for, verified_scores
from apps.toolchain.receipts.services import record_result
from apps.toolchain.receipts.verify import UnreadableReceipt, check, read_keys
from tests.job_makers import DATASET, MODEL, a_result, a_running_job, key_actor

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_key(settings, tmp_path):
    settings.SIGNING_KEY_FILE = tmp_path / "secrets" / "key.pem"


@pytest.fixture
def receipt(cast) -> Receipt:
    _, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")
    return record_result(actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim))


def as_file(receipt: Receipt) -> bytes:
    return compact_json(receipt.envelope()).encode()


def test_the_key_is_made_on_first_use_for_its_owner_alone(settings):
    first = private_key()

    assert private_key() == first
    assert stat.S_IMODE(os.stat(settings.SIGNING_KEY_FILE).st_mode) == 0o600
    assert os.listdir(settings.SIGNING_KEY_FILE.parent) == ["key.pem"]


def test_a_receipt_names_the_evaluation_and_its_inputs(receipt):
    body = receipt.body

    assert body["model"] == {"kind": "model", "address": "owner/base", "commit": "a" * 40}
    assert body["dataset"]["commit"] == "b" * 40
    assert body["result"]["scores"][0] == {"name": "accuracy", "value": 0.87, "low": 0.8, "high": 0.93}
    assert {"seed", "config_hash", "recipe", "issued_at", "job"} <= set(body)
    assert {"hardware", "versions", "log_sha256", "code_version", "duration_seconds"} <= set(body["result"])


def test_a_receipt_as_it_was_made_is_good(receipt):
    assert check(as_file(receipt), [receipt.signing_key.public_key]).is_valid


def test_spaces_and_order_do_not_matter(receipt):
    shuffled = json.dumps(
        {"signature": receipt.signature, "body": dict(reversed(receipt.body.items()))}, indent=4
    )

    assert check(shuffled.encode(), [receipt.signing_key.public_key]).is_valid


def test_no_changed_byte_passes(receipt):
    original = as_file(receipt)
    key, chance = receipt.signing_key.public_key, random.Random(1)
    meaning = json.loads(original)

    for place in range(len(original)):
        changed = bytearray(original)
        changed[place] ^= 1 << chance.randrange(7)
        verification = check(bytes(changed), [key])
        if verification.is_valid:
            same = json.loads(changed)
            assert (same["body"], same["signature"]) == (meaning["body"], meaning["signature"])


@pytest.mark.parametrize("place", ["accuracy", "commit", "seed", "row"])
def test_a_better_score_another_commit_or_seed_is_found_out(receipt, place):
    envelope = receipt.envelope()
    match place:
        case "accuracy":
            envelope["body"]["result"]["scores"][0]["value"] = 0.99
        case "commit":
            envelope["body"]["model"]["commit"] = "e" * 40
        case "seed":
            envelope["body"]["seed"] += 1
        case "row":
            envelope["body"]["result"]["confusion"][0][0] += 1

    verification = check(json.dumps(envelope).encode(), [receipt.signing_key.public_key])

    assert not verification.is_valid
    assert verification.body


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("algorithm", "none"),
        ("key_id", "0" * 16),
        ("job_id", "another"),
        ("id", "another"),
        ("scores", [{"name": "accuracy", "value": 0.99}]),
    ],
)
def test_facts_beside_the_body_may_not_contradict_it(receipt, name, value):
    changed = receipt.envelope() | {name: value}

    assert not check(json.dumps(changed).encode(), [receipt.signing_key.public_key]).is_valid


def test_a_receipt_of_the_first_type_still_verifies():
    """Made and signed before results had notes; see tests/unit/receipt-1.json."""
    kept = json.loads((Path(__file__).parent / "receipt-1.json").read_text())

    verification = check(json.dumps(kept["receipt"]).encode(), [kept["public_key"]])

    assert verification.is_valid
    assert verification.body["type"] == "evaluation-receipt/1"
    page = receipt_page(verification.body)
    assert (page.scores[0].key, bool(page.scores[0].interval)) == ("accuracy", True)
    assert (page.notes, page.methods) == ([], "")


def test_another_key_does_not_fit(receipt):
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    assert not check(as_file(receipt), [public_key_of(other)]).is_valid


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b"[" * 200_000,
        b'{"body": {}, "signature": 5}',
        b'{"body": {"a": 1, "a": 2}, "signature": "x"}',
        b'{"body": {"a": NaN}, "signature": "x"}',
        b'{"body": {"a": 0.10000000000000000001}, "signature": "x"}',
        b'{"body": {"a": 1e999}, "signature": "x"}',
        b'{"body": {"a": 123456789012345678901234567890}, "signature": "x"}',
        b'{"body": {"a": "\\ud800"}, "signature": "x"}',
        b'{"body": {"a": 1}, "signature": "\xc3\xa9"}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_receipt_is_refused_with_a_reason(text):
    verification = check(text, [public_key_of(private_key())])

    assert not verification.is_valid
    assert verification.reason


@pytest.mark.parametrize(
    "text", [b"", b"abc", b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", b'{"keys": [1]}', b"{"]
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(UnreadableReceipt):
        read_keys(text)


def verify_command(folder: Path, receipt: bytes, key: str) -> subprocess.CompletedProcess:
    """Run the command without the site's environment."""
    (folder / "receipt.json").write_bytes(receipt)
    (folder / "public.pem").write_text(key)
    command = [
        sys.executable,
        "-m",
        "apps.toolchain.receipts.verify",
        str(folder / "receipt.json"),
        "--key",
        str(folder / "public.pem"),
    ]
    return subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)


def test_the_command_needs_only_the_public_key(receipt, tmp_path, client):
    for key in (
        public_pem(receipt.signing_key.public_key),
        receipt.signing_key.public_key,
        client.get("/api/v1/receipt-keys").content.decode(),
        client.get("/.well-known/banyan-keys.json").content.decode(),
    ):
        run = verify_command(tmp_path, as_file(receipt), key)

        assert (run.returncode, run.stderr) == (0, "")


def test_the_command_refuses_a_changed_receipt(receipt, tmp_path):
    changed = as_file(receipt).replace(b"0.87", b"0.97")

    run = verify_command(tmp_path, changed, receipt.signing_key.public_key)

    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout


def test_the_manage_command_agrees(receipt, tmp_path, capsys):
    from django.core.management import CommandError, call_command

    good, bad, key = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "key.pem"
    good.write_bytes(as_file(receipt))
    bad.write_bytes(as_file(receipt).replace(b"owner/base", b"owner/best"))
    key.write_text(public_pem(receipt.signing_key.public_key))

    call_command("verify_receipt", str(good), key=key)

    assert capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("verify_receipt", str(bad), key=key)


def test_a_result_for_another_order_is_refused_and_nothing_is_signed(cast):
    _, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")

    with pytest.raises(Conflict):
        record_result(
            actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim, config_hash="0" * 64)
        )

    assert not Receipt.objects.exists()


def test_a_fine_tune_has_no_result(cast):
    _, claim = a_running_job(cast.owner, cast.staff)

    with pytest.raises(Conflict):
        record_result(actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim))


def test_a_result_that_is_sent_twice_gives_one_receipt(cast):
    _, claim = a_running_job(cast.owner, cast.staff, kind="evaluate")

    first, second = (
        record_result(actor=key_actor(claim), job_id=claim.spec.id, result=a_result(claim)) for _ in range(2)
    )

    assert first.pk == second.pk
    assert Receipt.objects.count() == 1


def test_a_new_key_signs_on_and_old_receipts_stay_good(receipt, settings, client):
    settings.SIGNING_KEY_FILE.unlink()
    fresh = current_key()

    keys = [key["public_key"] for key in client.get("/api/v1/receipt-keys").json()["items"]]

    assert keys[0] == fresh.public_key
    assert len(keys) == 2
    assert check(as_file(receipt), keys).is_valid


def test_scores_of_many_models_come_in_one_query(receipt, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = verified_scores([MODEL.key, DATASET.key])

    [(key, scores)] = found.items()
    assert (str(key), scores.count, scores.accuracy, scores.receipt) == (MODEL.key, 1, 0.87, receipt.pk)


def test_receipts_are_hidden_with_their_repositories(receipt, cast):
    set_repo_visibility(DATASET.key, False)

    assert not receipts_for(MODEL.key).exists()
    assert verified_scores([MODEL.key]) == {}
    assert receipts_for(MODEL.key, cast.owner.actor).exists()
