"""Personal data in texts: what is found, what only looks like it, and what hostile texts cost."""

import time

import pytest

from apps.toolchain.contracts.recipes.data_preparation import FORMAL_KINDS, PersonalData
from workers.ml.preparation.personal_data import Anonymizer, find_personal_data

KIND = PersonalData
# assembled here, so that nobody takes them for real ones
TOKEN = "hf_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ" * 2
JWT = ".".join(["eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0In0", "dBjftJeZ4CVPmB92K27uhbUJU1p1r"])
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC==\n-----END RSA PRIVATE KEY-----"


def found(text: str) -> list[tuple[PersonalData, str]]:
    return [(one.kind, text[one.start : one.end]) for one in find_personal_data(text, FORMAL_KINDS)]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (KIND.EMAIL, "first.last+tag@mail.example.co.uk"),
        (KIND.PHONE, "+49 (0)30 901820"),
        (KIND.PHONE, "+1-202-555-0143"),
        (KIND.PHONE, "(202) 555-0143"),
        (KIND.PHONE, "202-555-0143"),
        (KIND.PHONE, "13812345678"),
        (KIND.CREDIT_CARD, "4111 1111 1111 1111"),
        (KIND.CREDIT_CARD, "378282246310005"),
        (KIND.IBAN, "DE89 3704 0044 0532 0130 00"),
        (KIND.IBAN, "GB82WEST12345698765432"),
        (KIND.IP_ADDRESS, "8.8.8.8"),
        (KIND.IP_ADDRESS, "2001:4860:4860::8888"),
        (KIND.NATIONAL_ID, "536-90-4399"),
        (KIND.NATIONAL_ID, "11010519491231002X"),
        (KIND.SECRET, TOKEN),
        (KIND.SECRET, JWT),
        (KIND.SECRET, PEM),
        (KIND.SECRET, "AKIA" + "IOSFODNN7EXAMPLE"),
    ],
)
def test_personal_data_is_found_in_the_middle_of_a_sentence(kind, data):
    assert found(f"Write to {data}, or call.") == [(kind, data)]
    assert found(f"联系{data}。") == [(kind, data)]


@pytest.mark.parametrize(
    "text",
    [
        "version 2.10.3 of 2024-01-31, chapter 12.3.4.5.6",
        "the network 192.168.0.1 and localhost 127.0.0.1",
        "order 4111 1111 1111 1112, invoice 1234567890123456",
        "DE89 3704 0044 0532 0130 01",
        "id 110105194912310021, born 1949-12-31",
        "12:30:45 and 1:2:3",
        "user@localhost, @mention, a@b",
        "pi is 3.14159265358979, 1,234,567 people, 10-20-30",
        "000-12-3456 and 666-45-6789",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text):
    assert found(text) == []


def test_a_password_in_an_address_is_a_secret_and_the_address_stays_readable():
    text = "postgres://owner:hunter2@db.example.com/main"

    assert Anonymizer(FORMAL_KINDS).replace(text) == "postgres://[SECRET]@db.example.com/main"


def test_the_same_data_gets_the_same_number():
    anonymizer = Anonymizer(FORMAL_KINDS, is_numbered=True)

    changed = [
        anonymizer.replace(text)
        for text in ("Ann@example.com wrote to bob@example.com", "ann@example.com answered, +1-202-555-0143")
    ]

    assert changed == ["[EMAIL_1] wrote to [EMAIL_2]", "[EMAIL_1] answered, [PHONE_1]"]
    assert anonymizer.counts == {KIND.EMAIL: 3, KIND.PHONE: 1}


def test_replaced_texts_hold_no_more_personal_data():
    text = f"a@example.com 8.8.8.8 {TOKEN} 4111111111111111 DE89370400440532013000 536-90-4399 (202) 555-0143"

    assert found(Anonymizer(FORMAL_KINDS).replace(text)) == []


@pytest.mark.parametrize(
    "part",
    ["a", "1", "a.", "1 ", "1-", ":", "1:", "a@", "a@b.", "+1", "AA11", "A1 ", "://a:", "eyJaaaaaaaaaaaa.",
     "-----BEGIN PRIVATE KEY-----a", "sk-", "([", "1(1)"],
)  # fmt: skip
def test_hostile_texts_cost_linear_time(part):
    def seconds(size: int) -> float:
        text = part * (size // len(part))
        started = time.process_time()
        find_personal_data(text, FORMAL_KINDS)
        return time.process_time() - started

    seconds(10_000)
    assert seconds(400_000) < 2.0
