"""Names of people and places, where a worker has the libraries that find them."""

import pytest

from apps.toolchain.contracts.recipes.data_preparation import FORMAL_KINDS, PersonalData
from workers.ml.preparation.names import name_finder
from workers.ml.preparation.personal_data import Anonymizer

pytest.importorskip("presidio_analyzer", reason="names are an option of a worker")


def test_names_are_replaced_beside_data_with_a_form():
    anonymizer = Anonymizer(FORMAL_KINDS, is_numbered=True, more=name_finder())

    changed = anonymizer.replace("John Smith lives in Paris. Mail John Smith at john@example.com.")

    assert changed == "[PERSON_1] lives in [LOCATION_1]. Mail [PERSON_1] at [EMAIL_1]."
    assert anonymizer.counts == {PersonalData.PERSON: 2, PersonalData.LOCATION: 1, PersonalData.EMAIL: 1}
