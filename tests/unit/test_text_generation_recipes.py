"""What the recipes of text generation suggest, refuse and estimate."""

import pytest

from apps.toolchain.contracts import (
    ColumnFacts,
    ContractError,
    DatasetFacts,
    ModelFacts,
    clean_params,
    estimate,
)
from apps.toolchain.contracts.recipes.text_generation import EVALUATE, GENERATE, GenerationResult

LLAMA = ModelFacts(architectures=("LlamaForCausalLM",), files=("model.safetensors",), parameters=10**8)


def columns(**kinds: str) -> DatasetFacts:
    return DatasetFacts(columns=tuple(ColumnFacts(name, kind) for name, kind in kinds.items()))


@pytest.mark.parametrize(
    ("kinds", "prompt", "reference"),
    [
        ({"question": "text", "answer": "text"}, "question", "answer"),
        ({"instruction": "text", "input": "text", "output": "text"}, "instruction", "output"),
        ({"messages": "list"}, "messages", "messages"),
        ({"prompt": "text", "completion": "text", "score": "number"}, "prompt", "completion"),
        ({"frage": "text", "antwort": "text"}, "frage", "antwort"),
        ({"id": "integer", "text": "text"}, "text", "text"),
        ({"number": "integer"}, None, None),
    ],
    ids=str,
)
def test_columns_are_suggested_by_their_names(kinds, prompt, reference):
    found = EVALUATE.suggest(LLAMA, columns(**kinds))

    assert (found.get("prompt_column"), found.get("reference_column")) == (prompt, reference)


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        (LLAMA, True),
        (ModelFacts(), True),
        (ModelFacts(architectures=("T5ForConditionalGeneration",)), True),
        (ModelFacts(architectures=("GPT2LMHeadModel",)), True),
        (ModelFacts(architectures=("BertForSequenceClassification",)), False),
        (ModelFacts(task="automatic-speech-recognition"), False),
        (ModelFacts(architectures=("LlamaForCausalLM",), files=("model.gguf",)), False),
        (ModelFacts(files=("adapter_model.safetensors",)), False),
    ],
)
def test_models_that_write_no_text_do_not_fit(model, fits):
    assert (GENERATE.fits(model, None) == "") is fits
    assert (EVALUATE.fits(model, None) == "") is fits


def test_a_dataset_needs_texts_or_conversations():
    assert GENERATE.fits(LLAMA, columns(pixels="image", label="integer"))
    assert not GENERATE.fits(LLAMA, columns(messages="list"))


def test_a_generation_needs_something_to_answer():
    nothing, prompts = clean_params(GENERATE, {}), clean_params(GENERATE, {"prompts": "Hello\n---\nBye"})

    assert list(GENERATE.check_inputs(nothing, {"model", "second_model"})) == ["prompts"]
    assert not GENERATE.check_inputs(nothing, {"model", "dataset"})
    assert not GENERATE.check_inputs(prompts, {"model"})


@pytest.mark.parametrize(
    ("given", "prompts"),
    [
        ("one", ["one"]),
        ("one\r\n---\r\ntwo\n\nwith a gap\n ---- \n", ["one", "two\n\nwith a gap"]),
        ("a --- b", ["a --- b"]),
        ("\n---\n", []),
        ("", []),
    ],
)
def test_a_form_separates_prompts_with_dashes(given, prompts):
    assert clean_params(GENERATE, {"prompts": given})["prompts"] == prompts


def test_a_column_of_prompts_has_no_meaning_where_texts_are_scored():
    with pytest.raises(ContractError) as refusal:
        clean_params(EVALUATE, {"task": "text", "prompt_column": "question"}, is_json=True)

    assert list(refusal.value.errors) == ["prompt_column"]


def test_written_tokens_take_longer_than_read_ones():
    read = EVALUATE.work(
        clean_params(EVALUATE, {"task": "text"}),
        LLAMA,
        DatasetFacts(columns=(ColumnFacts("answer", "text", characters=4000),), rows={"test": 100}),
    )
    written = GENERATE.work(
        clean_params(GENERATE, {"prompts": "a" * 40, "max_new_tokens": 10_000}), LLAMA, None
    )

    reading, writing = (estimate(one, LLAMA, "cpu").device_seconds_high for one in (read, written))

    assert read.scored_tokens > written.written_tokens
    assert writing > 0.25 * reading
    assert EVALUATE.work(clean_params(EVALUATE, {}), LLAMA, None) is None


@pytest.mark.parametrize(
    "wrong",
    [{"baseline": 1}, {"baseline": {"f1": 1}}, {"lengths": {"answers": "x"}}, {"lengths": []}],
    ids=str,
)
def test_a_result_of_another_shape_is_refused(wrong):
    with pytest.raises(ContractError):
        GenerationResult.own_fields(wrong)
