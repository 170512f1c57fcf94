"""The contracts between web and worker: canonical JSON, parameters, events, receipts."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apps.toolchain.contracts import (
    LINE_LIMIT,
    Bootstrap,
    Claim,
    ContractError,
    Event,
    EventBatch,
    Fault,
    Hardware,
    JobKind,
    JobSpec,
    OutputRepo,
    PinnedRepo,
    Score,
    canonical_json,
    clean_params,
    config_hash,
    fault_of,
    public_key_of,
    receipt_body,
    recipe_for,
    recipes,
    sign_receipt,
    verify_receipt,
)
from apps.toolchain.contracts.recipes.text_classification import Baseline, ClassificationResult

FINE_TUNE = recipe_for("fine_tune", "text-classification")
EVALUATE = recipe_for(JobKind.EVALUATE, "text-classification")


def through_json(value):
    return json.loads(json.dumps(value.to_json()))


@pytest.fixture
def spec() -> JobSpec:
    inputs = {
        name: PinnedRepo(name, f"owner/{name}", letter * 40, "key")
        for name, letter in (("model", "a"), ("dataset", "b"))
    }
    params = clean_params(EVALUATE, {})
    return JobSpec(
        "one",
        JobKind.EVALUATE,
        "text-classification",
        inputs,
        None,
        params,
        42,
        "owner",
        "http://127.0.0.1:8000",
    )


@pytest.fixture
def result(spec) -> ClassificationResult:
    return ClassificationResult(
        attempt=1,
        config_hash=config_hash(spec.config()),
        split="test",
        samples=3,
        scores=(Score("accuracy", 1.0, 0.5, 1.0),),
        labels=("bad", "good"),
        confusion=((1, 0), (0, 2)),
        baseline=Baseline("good", 0.666667),
        bootstrap=Bootstrap(1000, 0.95, 42),
        log_sha256="0" * 64,
        code_version="sha256:1",
        versions={"torch": "2.13.0"},
        hardware=Hardware("cpu", "a processor", 2, 2**34),
        duration_seconds=1.5,
    )


@pytest.fixture(scope="module")
def private_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
            "[333333333.3333333,1e+30,4.5,0.002,1e-27]",
        ),
        (
            [1.0, -0.0, 1e20, 1e21, 1e-6, 1e-7, 123456.789, 5e-324],
            "[1,0,100000000000000000000,1e+21,0.000001,1e-7,123456.789,5e-324]",
        ),
        (
            {"\u20ac": 1, "\r": 2, "1": 3, "\U0001f600": 4, "\ufb33": 5},
            '{"\\r":2,"1":3,"\u20ac":1,"\U0001f600":4,"\ufb33":5}',
        ),
        ({"b": [True, None], "a": 'é\u0007\n"\\/'}, '{"a":"é\\u0007\\n\\"\\\\/","b":[true,null]}'),
    ],
)
def test_canonical_json_spells_values_as_rfc_8785_does(value, text):
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53 + 1, {1: "one"}, {"a": {1, 2}}, b"bytes"]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ContractError):
        canonical_json({"value": value})


def test_parameters_come_from_forms_and_programs_alike():
    form = clean_params(
        FINE_TUNE,
        {"epochs": "2", "learning_rate": "auto", "labels": "bad, good", "method": "lora", "lora_r": "4"},
    )
    as_json = clean_params(
        FINE_TUNE,
        {"num_train_epochs": 2, "lr": "auto", "labels": ["bad", "good"], "method": "lora", "lora": {"r": 4}},
    )

    assert form == as_json
    assert form["batch_size"] == 16
    assert form["labels"] == ["bad", "good"]


def test_empty_fields_take_defaults():
    assert (
        clean_params(FINE_TUNE, {"epochs": "", "text_column": "  ", "labels": None}) == FINE_TUNE.defaults()
    )


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"epochs": "many"}, "epochs"),
        ({"epochs": float("inf")}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"batch_size": 1.5}, "batch_size"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"method": "magic"}, "method"),
        ({"labels": ["a", "a"]}, "labels"),
        ({"labels": {"a": 1}}, "labels_a"),
        ({"text_column": "a\nb"}, "text_column"),
        ({"text_column": "x" * 201}, "text_column"),
        ({"validation_split": "0.9"}, "validation_split"),
        ({"validation_split": "nan"}, "validation_split"),
        ({"epochs": 1, "num_train_epochs": 2}, "epochs"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_parameter_is_named(raw, field):
    with pytest.raises(ContractError) as refused:
        clean_params(FINE_TUNE, raw)

    assert list(refused.value.errors) == [field]


def test_every_recipe_cleans_its_own_defaults_and_describes_itself():
    for recipe in recipes():
        assert clean_params(recipe, recipe.defaults()) == recipe.defaults()
        assert clean_params(recipe, recipe.defaults(), is_json=True) == recipe.defaults()
        assert all(param.label for param in recipe.params)


@pytest.mark.parametrize(
    ("kind", "raw", "field"),
    [
        ("fine_tune", {"lora_r": 4}, "lora_r"),
        ("fine_tune", {"labels": ["a", "b"], "label_map": {"0": "c"}}, "label_map"),
        ("fine_tune", {"labels": ["a"]}, "labels"),
        ("fine_tune", {"test_split": "train"}, "test_split"),
        ("fine_tune", {"label_map": {"0": 1}}, "label_map"),
        ("fine_tune", {"label_map": ["a"]}, "label_map"),
        ("evaluate", {"label_map": {"0": "a"}, "label_match": "number"}, "label_map"),
        ("evaluate", {"max_length": "long"}, "max_length"),
        ("evaluate", {"max_length": 4}, "max_length"),
    ],
)
def test_parameters_that_contradict_each_other_are_named(kind, raw, field):
    with pytest.raises(ContractError) as error:
        clean_params(recipe_for(kind, "text-classification"), raw, is_json=True)

    assert set(error.value.errors) == {field}


def test_a_form_may_send_what_a_choice_has_made_meaningless():
    cleaned = clean_params(
        recipe_for("fine_tune", "text-classification"),
        {"method": "full", "lora_r": "4", "label_map": "0 = bad, 1=good"},
    )

    assert (cleaned["lora_r"], cleaned["label_map"]) == (8, {"0": "bad", "1": "good"})


def test_a_bound_is_named_in_full():
    with pytest.raises(ContractError) as error:
        clean_params(recipe_for("fine_tune", "text-classification"), {"seed": 2**40}, is_json=True)

    assert "2147483647" in error.value.errors["seed"]


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ContractError) as refused:
        recipe_for("fine_tune", "poetry")

    assert list(refused.value.errors) == ["recipe"]


def test_spec_and_claim_survive_json(spec):
    claim = Claim(spec, "hf_key", 2, 30, 2.0)
    made = JobSpec.from_json(
        {**through_json(spec), "output": OutputRepo("model", "owner/made", True).to_json()}
    )

    assert Claim.from_json(through_json(claim)) == claim
    assert made.output == OutputRepo("model", "owner/made", True)


def test_the_config_hash_follows_commits_and_parameters_but_not_names(spec):
    renamed = {"model": PinnedRepo("model", "member/other", "a" * 40), "dataset": spec.inputs["dataset"]}
    moved = {**spec.inputs, "model": PinnedRepo("model", "owner/model", "c" * 40)}

    def hash_with(inputs):
        return config_hash(
            JobSpec.from_json(
                {**through_json(spec), "inputs": {k: v.to_json() for k, v in inputs.items()}}
            ).config()
        )

    assert hash_with(renamed) == config_hash(spec.config())
    assert hash_with(moved) != config_hash(spec.config())


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("state", {"state": "asleep"}),
        ("state", {"state": "failed"}),
        ("state", {"state": "failed", "fault": "theirs"}),
        ("log", {"level": "loud", "line": "a"}),
        ("log", {}),
        ("metric", {"step": 1, "values": {}}),
        ("metric", {"step": 1, "values": {"loss": "low"}}),
        ("metric", {"step": 1, "values": {"loss": float("nan")}}),
        ("metric", {"step": -1, "values": {"loss": 1}}),
        ("progress", {"step": True, "total": 2, "phase": "training"}),
        ("checkpoint", {}),
        ("output", {"kind": "model"}),
        ("smell", {}),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(kind, data):
    with pytest.raises(ContractError):
        Event.from_json({"seq": 1, "kind": kind, "at": "2026-01-01T00:00:00Z", "data": data})


def test_a_batch_is_limited_and_long_lines_are_cut():
    line = {"seq": 1, "kind": "log", "at": "", "data": {"level": "info", "line": "x" * 9000 + "\x00"}}

    batch = EventBatch.from_json({"attempt": 1, "events": [line]})

    assert len(batch.events[0].data["line"]) == LINE_LIMIT
    with pytest.raises(ContractError):
        EventBatch.from_json({"attempt": 1, "events": [line] * 501})


def test_a_confusion_that_is_no_square_of_counts_is_refused(result):
    for rows in ([[1, 0]], [[1, 0], [0]], [[1, 0], [0, -2]], [[1, 0], [0, 1.5]], [[1, 0], "ab"]):
        with pytest.raises(ContractError):
            ClassificationResult.from_json({**through_json(result), "confusion": rows})
    assert ClassificationResult.from_json(through_json(result)) == result


def test_a_receipt_verifies_with_the_public_key_alone_and_a_changed_byte_fails(spec, result, private_key):
    body = receipt_body(
        receipt_id="r",
        issuer="http://127.0.0.1:8000",
        issued_at="2026-01-01T00:00:00+00:00",
        key_id="k",
        spec=spec,
        result=result,
    )
    signature, public = sign_receipt(body, private_key), public_key_of(private_key)
    changed = json.loads(canonical_json(body).replace(b"0.666667", b"0.666668"))
    flipped = bytearray(base64.b64decode(signature))
    flipped[0] ^= 1

    assert verify_receipt(json.loads(canonical_json(body)), signature, public)
    assert not verify_receipt(changed, signature, public)
    assert not verify_receipt(body, base64.b64encode(flipped).decode(), public)
    assert not verify_receipt(body, signature, base64.b64encode(b"\x01" * 32).decode())
    assert not verify_receipt(body, "no base64", "neither")


def test_a_result_of_another_configuration_gets_no_receipt(spec, result):
    other = ClassificationResult.from_json({**through_json(result), "config_hash": "f" * 64})

    with pytest.raises(ContractError):
        receipt_body(receipt_id="r", issuer="i", issued_at="t", key_id="k", spec=spec, result=other)


def test_faults_have_an_owner():
    assert fault_of("column_missing") == Fault.USER
    assert fault_of("disk_full") == Fault.PLATFORM
    assert fault_of("never heard of") == Fault.PLATFORM
