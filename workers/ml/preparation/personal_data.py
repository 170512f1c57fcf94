"""Personal data and secrets in texts, found by their form and, where there is one, their checksum.

What only looks like a number of some kind (an invoice number, a version) is left alone: a candidate has to
have the right checksum, length or range. Names of people and places have no form; `names.py` looks for those.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address

from apps.toolchain.contracts.recipes.data_preparation import PersonalData

# Letters and digits of ASCII, so that an address may follow a Chinese character. Each pattern begins where no
# match could have begun before and takes what it can without a second try: hostile texts cost linear time.
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
PHONE = re.compile(
    r"(?<![\w.+-])(?:"
    r"\+[1-9](?:[ .()/-]{0,2}[0-9]){6,14}"
    r"|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[-. ][0-9]{4}"
    r"|(?:1[-. ])?[2-9][0-9]{2}([-. ])[2-9][0-9]{2}\1[0-9]{4}"
    r")(?![0-9-])"
    r"|(?<![0-9.+-])1[3-9][0-9]{9}(?![0-9.-])",
    re.ASCII,
)
CARD = re.compile(r"(?<![0-9])(?<![0-9][ -])[2-6](?:[ -]?[0-9]){12,18}(?![ -]?[0-9])")
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
IP = re.compile(
    r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.]*[0-9])"
    r"|(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])",
    re.ASCII,
)
NATIONAL_ID = re.compile(
    r"(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])"
    r"|(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])"
)
SECRET = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"hf_[A-Za-z0-9]{30,64}|sk-[A-Za-z0-9_-]{20,200}|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{50,255}"
    r"|glpat-[A-Za-z0-9_-]{20,64}|xox[abprs]-[A-Za-z0-9-]{10,255}|AKIA[0-9A-Z]{16}|AIza[A-Za-z0-9_-]{35}"
    r"|eyJ[A-Za-z0-9_-]{10,4096}+\.eyJ[A-Za-z0-9_-]{10,4096}+\.[A-Za-z0-9_-]{10,4096}+"
    r")(?![A-Za-z0-9_-])"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,16384}+-----END [A-Z ]{0,30}PRIVATE KEY-----"
    r"|(?<=://)[^\s/:@]{1,64}+:[^\s/:@]{1,128}+(?=@)"
)
# length of an account number by country: the registry of ISO 13616
IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
ID_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
ID_CHECKS = "10X98765432"
LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a text: from start up to end, without it."""

    start: int
    end: int
    kind: PersonalData


@dataclass(frozen=True, slots=True)
class Recognizer:
    """How a kind of data is found.

    hint    characters of which a text with such data has one
    length  of the data at the beginning of a match, 0 if it is none
    """

    kind: PersonalData
    pattern: re.Pattern[str]
    hint: str
    length: Callable[[str], int] = len


def card_length(candidate: str) -> int:
    """Return the length if the digits have the check digit of a card number."""
    digits = [int(one) for one in candidate if one.isdigit()]
    total = sum(LUHN_DOUBLED[one] if place % 2 else one for place, one in enumerate(reversed(digits)))
    return len(candidate) if total % 10 == 0 and len(set(digits)) > 1 else 0


def iban_length(candidate: str) -> int:
    """Return how many characters are an account number of its country with the right check digits."""
    wanted, seen = IBAN_LENGTHS.get(candidate[:2], 0), 0
    for place, letter in enumerate(candidate, 1):
        seen += letter != " "
        if seen == wanted and letter != " ":
            number = candidate[:place].replace(" ", "")
            moved = "".join(str(int(one, 36)) for one in number[4:] + number[:4])
            is_whole = not candidate[place : place + 1].strip()
            return place if is_whole and int(moved) % 97 == 1 else 0
    return 0


def ip_length(candidate: str) -> int:
    """Return the length of an address of the public internet; others name no one."""
    try:
        return len(candidate) if ip_address(candidate).is_global else 0
    except ValueError:
        return 0


def id_length(candidate: str) -> int:
    """Return the length of a US social security number, or of a Chinese identity number that is valid."""
    if "-" in candidate:
        return len(candidate)
    try:
        date(int(candidate[6:10]), int(candidate[10:12]), int(candidate[12:14]))
    except ValueError:
        return 0
    total = sum(int(one) * weight for one, weight in zip(candidate, ID_WEIGHTS, strict=False))
    return len(candidate) if ID_CHECKS[total % 11] == candidate[-1].upper() else 0


DIGITS = "0123456789"
# where two recognizers find the same place, the first one has it
RECOGNIZERS = (
    Recognizer(PersonalData.SECRET, SECRET, "_-:.A"),
    Recognizer(PersonalData.EMAIL, EMAIL, "@"),
    Recognizer(PersonalData.IBAN, IBAN, DIGITS, iban_length),
    Recognizer(PersonalData.NATIONAL_ID, NATIONAL_ID, DIGITS, id_length),
    Recognizer(PersonalData.CREDIT_CARD, CARD, DIGITS, card_length),
    Recognizer(PersonalData.IP_ADDRESS, IP, ".:", ip_length),
    Recognizer(PersonalData.PHONE, PHONE, DIGITS),
)


def find_personal_data(text: str, kinds: Collection[PersonalData]) -> list[Finding]:
    """Return personal data of the kinds, in order and without overlaps."""
    found = (
        finding
        for one in RECOGNIZERS
        if one.kind in kinds and any(letter in text for letter in one.hint)
        for finding in findings_of(one, text)
    )
    return without_overlaps(found, len(text))


def findings_of(recognizer: Recognizer, text: str) -> Iterator[Finding]:
    for match in recognizer.pattern.finditer(text):
        if length := recognizer.length(match[0]):
            yield Finding(match.start(), match.start() + length, recognizer.kind)


def without_overlaps(found: Iterable[Finding], size: int) -> list[Finding]:
    """Return findings in the order of a text of some size; of those that overlap the first one is kept."""
    taken, kept = bytearray(size), []
    for one in found:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


@dataclass(slots=True)
class Anonymizer:
    """Replaces personal data by its kind in brackets, `[EMAIL]`, and counts what it found.

    is_numbered  the same data has the same name everywhere: `[EMAIL_1]`, `[EMAIL_2]`. The numbers count what
                 was found; unlike a hash of a phone number, they cannot be turned back
    more         finds further data, such as names
    """

    kinds: Collection[PersonalData]
    is_numbered: bool = False
    more: Callable[[str], list[Finding]] | None = None
    counts: Counter[PersonalData] = field(default_factory=Counter)
    _numbers: dict[PersonalData, dict[str, int]] = field(default_factory=dict)

    def without_counts(self) -> Anonymizer:
        """Return one that gives the same names and counts on its own."""
        return Anonymizer(self.kinds, self.is_numbered, self.more, _numbers=self._numbers)

    def find(self, text: str) -> list[Finding]:
        """Return the personal data of a text, in order, and count it."""
        found = find_personal_data(text, self.kinds)
        if self.more:
            found = without_overlaps([*found, *self.more(text)], len(text))
        self.counts.update(one.kind for one in found)
        return found

    def replace(self, text: str) -> str:
        """Return a text without its personal data."""
        parts, end = [], 0
        for one in self.find(text):
            parts += [text[end : one.start], f"[{self.name_of(one.kind, text[one.start : one.end])}]"]
            end = one.end
        return "".join([*parts, text[end:]]) if end else text

    def name_of(self, kind: PersonalData, data: str) -> str:
        if not self.is_numbered:
            return kind.value.upper()
        numbers = self._numbers.setdefault(kind, {})
        return f"{kind.value.upper()}_{numbers.setdefault(data.casefold(), len(numbers) + 1)}"
