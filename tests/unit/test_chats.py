"""Rows of chats and preferences: what is read, what is refused, and what a check says before an order."""

import pytest

from apps.toolchain.contracts import clean_params, recipe_for
from apps.toolchain.contracts.chats import (
    Columns,
    Place,
    PreferenceColumns,
    RowError,
    check_rows,
    estimated_tokens,
    read_conversation,
    read_preference,
)
from apps.toolchain.contracts.facts import ColumnFacts, DatasetFacts, ModelFacts


def said(example) -> list[tuple[str, str, bool]]:
    return [(str(turn.role), turn.text, turn.is_trained) for turn in example.dialog]


SAID = [("user", "a", False), ("assistant", "b", True)]
OPENAI = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": OPENAI},
        {"messages": '[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]'},
        {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]},
        {"conversations": {"from": ["human", "gpt"], "value": ["a", "b"]}},
        {"Prompt": "a", "Completion": "b"},
        {"prompt": [OPENAI[0]], "completion": [OPENAI[1]]},
        {"instruction": "a", "input": "", "output": "b"},
        {"question": "a", "answer": "b", "id": 7},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}, OPENAI[1]]},
        {"messages": [*OPENAI, {"role": "user", "content": "never answered"}]},
    ],
)
def test_the_usual_forms_are_read_alike(row):
    assert said(read_conversation(row, Columns())) == SAID


def test_an_instruction_and_its_input_are_one_question():
    row = {"instruction": "Translate.", "input": "Haus", "output": "house"}

    assert said(read_conversation(row, Columns()))[0] == ("user", "Translate.\n\nHaus", False)


def test_answers_of_weight_zero_are_read_but_not_learned():
    messages = [*OPENAI, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]
    messages[1] = {**messages[1], "weight": 0}

    assert [
        learned for _role, _text, learned in said(read_conversation({"messages": messages}, Columns()))
    ] == [
        False,
        False,
        False,
        True,
    ]


def test_a_system_message_comes_from_the_row_its_column_or_the_settings():
    row = {"messages": [{"role": "developer", "content": "own"}, *OPENAI]}

    assert said(read_conversation(row, Columns(instruction="mine")))[0] == ("system", "own", False)
    assert said(read_conversation({"messages": OPENAI}, Columns(instruction="mine")))[0][1] == "mine"
    assert said(read_conversation({"system": "s", "messages": OPENAI}, Columns()))[0][1] == "s"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"text": "a"}, "columns_unknown"),
        ({"messages": "[not json"}, "messages_not_list"),
        ({"messages": []}, "messages_not_list"),
        ({"messages": 3}, "messages_not_list"),
        ({"messages": ["a"]}, "message_not_object"),
        ({"messages": [{"content": "a"}]}, "role_missing"),
        ({"messages": [{"role": "cat", "content": "a"}]}, "role_unknown"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "role_unknown"),
        ({"messages": [{"role": "user", "content": {"a": 1}}]}, "content_not_text"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "content_not_text"),
        ({"messages": [{"role": "user", "content": "  "}]}, "content_empty"),
        ({"messages": [OPENAI[0]]}, "no_answer"),
        ({"messages": [OPENAI[1]]}, "no_question"),
        (
            {"messages": [OPENAI[0], {"role": "assistant", "content": "b", "tool_calls": [{}]}]},
            "tools_unsupported",
        ),
        ({"messages": [OPENAI[0], {**OPENAI[1], "weight": 0.5}]}, "weight_invalid"),
        ({"messages": [*OPENAI, {"role": "system", "content": "late"}, *OPENAI]}, "system_not_first"),
        ({"prompt": "a", "completion": None}, "value_missing"),
        ({"messages": OPENAI * 501}, "too_many_messages"),
    ],
)
def test_what_is_no_chat_is_refused_with_a_reason(row, code):
    with pytest.raises(RowError) as refused:
        read_conversation(row, Columns())

    assert refused.value.code == code


def test_other_names_of_roles_are_told_by_the_settings():
    row = {"chat": [{"speaker": "client", "text": "a"}, {"speaker": "agent", "text": "b"}]}

    assert said(read_conversation(row, Columns(roles={"Client": "user", "agent": "assistant"}))) == SAID


def test_a_named_column_that_is_missing_is_refused_by_name():
    with pytest.raises(RowError) as refused:
        read_conversation({"messages": OPENAI}, Columns(messages="talk"))

    assert refused.value.code == "column_missing"
    assert "talk" in str(refused.value)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "a", "chosen": "b", "rejected": "c"},
        {"chosen": [OPENAI[0], OPENAI[1]], "rejected": [OPENAI[0], {"role": "assistant", "content": "c"}]},
        {
            "prompt": "a",
            "chosen": [OPENAI[0], OPENAI[1]],
            "rejected": [OPENAI[0], {"role": "assistant", "content": "c"}],
        },
        {
            "input": {"messages": [OPENAI[0]], "tools": []},
            "preferred_output": [OPENAI[1]],
            "non_preferred_output": [{"role": "assistant", "content": "c"}],
        },
    ],
)
def test_preferences_are_read_alike(row):
    example = read_preference(row, PreferenceColumns())

    assert said(example) == SAID
    assert [turn.text for turn in example.rejected] == ["c"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"prompt": "a", "chosen": "b"}, "columns_unknown"),
        ({"prompt": "a", "chosen": "b", "rejected": "b "}, "same_answers"),
        ({"chosen": "b", "rejected": "c"}, "no_question"),
        ({"prompt": "a", "chosen": [OPENAI[0]], "rejected": "c"}, "answer_not_single"),
        ({"prompt": "a", "chosen": "b", "rejected": None}, "value_missing"),
    ],
)
def test_what_is_no_preference_is_refused_with_a_reason(row, code):
    with pytest.raises(RowError) as refused:
        read_preference(row, PreferenceColumns())

    assert refused.value.code == code


def test_a_check_counts_problems_repetitions_and_what_would_be_cut():
    rows = [
        {"prompt": "a", "completion": "b"},
        {"prompt": "A ", "completion": "b"},
        {"prompt": "word " * 200, "completion": "b"},
        {"prompt": "a", "completion": "word " * 200},
        {"prompt": "", "completion": "b"},
    ]
    places = [(Place("train.csv", number), row) for number, row in enumerate(rows, 2)]
    broken = (Place("train.csv", 7), RowError("row_invalid", "The line is not JSON."))

    found = check_rows([*places, broken], lambda row: read_conversation(row, Columns()), max_length=100)

    assert (found.rows, found.good, found.bad) == (6, 4, 2)
    assert (found.repeated, found.truncated, found.unlearned) == (1, 2, 1)
    assert [(one.place.line, one.code) for one in found.problems] == [
        (6, "content_empty"),
        (7, "row_invalid"),
    ]
    assert sum(found.histogram) == 4
    assert len(found.previews) == 3


@pytest.mark.parametrize(
    ("text", "low", "high"), [("a simple short text", 3, 7), ("今天天气很好", 3, 8), ("", 0, 0)]
)
def test_tokens_are_estimated(text, low, high):
    assert low <= estimated_tokens(text) <= high


def test_recipes_fit_models_that_write_and_datasets_with_chats():
    chat, preference = recipe_for("fine_tune", "chat-sft"), recipe_for("fine_tune", "preference")
    writer, reader = ModelFacts(architectures=("LlamaForCausalLM",)), ModelFacts(architectures=("BertModel",))
    chats = DatasetFacts(columns=(ColumnFacts("messages", "list"),))
    pairs = DatasetFacts(columns=tuple(ColumnFacts(one, "text") for one in ("prompt", "chosen", "rejected")))

    assert chat.fits(writer, chats) == preference.fits(writer, pairs) == ""
    assert chat.fits(reader, chats)
    assert preference.fits(writer, chats)
    assert chat.suggest(writer, chats)["messages_column"] == "messages"
    assert preference.suggest(writer, pairs)["chosen_column"] == "chosen"


def test_the_work_of_a_training_grows_with_rows_and_packing_needs_fewer_steps():
    recipe = recipe_for("fine_tune", "chat-sft")
    dataset = DatasetFacts(splits=("train",), rows={"train": 1000}, bytes=400_000)
    values = clean_params(recipe, {"validation_split": "0.1"}, is_json=True)

    plain = recipe.work(values, None, dataset)
    packed = recipe.work({**values, "packing": True}, None, dataset)

    assert plain.steps == 3 * 113
    assert packed.steps < plain.steps / 5
    assert recipe.work(values, None, DatasetFacts()) is None
