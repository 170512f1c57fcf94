"""The model tree: relations from cards and files, limited to what the reader may see."""

from __future__ import annotations

import json

import pytest

from apps.registry.formats.cards.relations import base_of_adapter, relation_to_bases
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Relation, RepoRelation
from apps.registry.repos.services.delete import delete_repo
from apps.registry.repos.services.rename import rename_repo
from apps.users.accounts.services import rename_namespace
from tests.makers import a_repo
from tests.seed import commit_files


def a_child(person, name: str, base: str = "owner/base", *, relation: str = "", files=None, **facts):
    said = f"base_model_relation: {relation}\n" if relation else ""
    card = f"---\nbase_model: {base}\n{said}---\n# {name}\n"
    return commit_files(person, a_repo(person, name, **facts), {"README.md": card, **(files or {})})


def tree(client, repo, **query):
    answer = client.get(f"{repo.get_absolute_url()}/model-tree", query)
    assert answer.status_code == 200
    return answer.context


def names(rows) -> list[str]:
    return sorted(row.name for row in rows)


@pytest.mark.parametrize(
    ("card", "config", "files", "relation"),
    [
        ({}, {}, ["model.safetensors"], "finetune"),
        ({"base_model_relation": "merge"}, {}, ["adapter_config.json"], "merge"),
        ({"base_model_relation": ["odd"]}, {}, ["adapter_config.json"], "adapter"),
        ({}, {"peft_type": "LORA"}, [], "adapter"),
        ({}, {}, ["tiny-q4.gguf", "README.md"], "quantized"),
        ({}, {}, ["tiny-q4.gguf", "model.safetensors"], "finetune"),
        ({}, {"quantization_config": {"bits": 4}}, ["model.safetensors"], "quantized"),
        ({"tags": ["AWQ"]}, {}, ["model.safetensors"], "quantized"),
        ({"base_model": ["a/b", "c/d"]}, {}, [], "merge"),
        ({}, {}, ["mergekit_config.yml"], "merge"),
    ],
)
def test_the_relation_comes_from_the_card_or_the_files(card, config, files, relation):
    assert relation_to_bases(card, config, files, "") == relation


@pytest.mark.parametrize(
    ("named", "base"),
    [("owner/base", "owner/base"), ("/home/me/base", ""), ("base", ""), (7, ""), (None, "")],
)
def test_an_adapter_names_its_base_by_address_only(named, base):
    assert base_of_adapter({"base_model_name_or_path": named}) == base


def test_a_commit_derives_the_relations_and_the_next_one_replaces_them(cast):
    config = json.dumps({"peft_type": "LORA", "base_model_name_or_path": "owner/Base"})
    repo = commit_files(cast.owner, a_repo(cast.owner, "low-rank"), {"adapter_config.json": config})

    assert list(RepoRelation.objects.values_list("relation", "target", "target_key")) == [
        ("adapter", "owner/Base", "owner/base")
    ]

    commit_files(
        cast.owner, repo, {"README.md": "---\nbase_model: owner/other\ndatasets: [owner/lines]\n---\n"}
    )

    found = set(RepoRelation.objects.values_list("relation", "target_kind", "target"))
    assert found == {("adapter", "model", "owner/other"), ("trained_on", "dataset", "owner/lines")}


def test_a_model_is_not_made_from_itself(cast):
    a_child(cast.owner, "loop", base="Owner/Loop")

    assert not RepoRelation.objects.exists()


def test_the_tree_counts_and_lists_descendants_by_how_they_were_made(client, cast):
    base = a_repo(cast.owner, "base")
    a_child(cast.owner, "tuned", "OWNER/base")
    a_child(cast.owner, "small", files={"small.gguf": "x"})
    a_child(cast.stranger, "spoken", relation="adapter")

    everything, adapters = tree(client, base), tree(client, base, relation="adapter")

    assert {group.relation: group.count for group in everything["groups"]} == {
        "finetune": 1,
        "quantized": 1,
        "adapter": 1,
    }
    assert names(everything["rows"]) == ["small", "spoken", "tuned"]
    assert names(adapters["rows"]) == ["spoken"]


def test_what_the_reader_may_not_see_is_neither_listed_nor_counted(client, cast):
    base = a_repo(cast.owner, "base")
    hidden = a_child(cast.owner, "hidden", is_private=True)
    gone = a_child(cast.owner, "gone")
    delete_repo(actor=cast.owner.actor, address=gone.address)

    anonymous = tree(client, base)
    client.force_login(cast.owner.user)
    owner = tree(client, base)

    assert (anonymous["groups"], anonymous["total"], list(anonymous["rows"])) == ([], 0, [])
    assert (owner["total"], names(owner["rows"])) == (1, ["hidden"])
    assert hidden.is_private


def test_a_hidden_base_is_named_as_the_card_names_it_and_leads_nowhere(client, cast):
    a_repo(cast.owner, "base", is_private=True)
    child = a_child(cast.stranger, "tuned")

    one = tree(client, child)["named"][0]

    assert (one.id, one.href) == ("owner/base", "")


def test_relatives_stay_joined_when_a_repository_or_its_owner_is_renamed(client, cast):
    base = a_repo(cast.owner, "base")
    child = a_child(cast.owner, "tuned")
    rename_repo(actor=cast.owner.actor, address=base.address, to=Address(RepoKind.MODEL, "owner", "root"))
    rename_namespace(actor=cast.owner.actor, name="owner", new_name="planter")
    base.refresh_from_db()
    child.refresh_from_db()

    assert names(tree(client, base)["rows"]) == ["tuned"]
    assert tree(client, child)["named"][0].href == "/planter/root"


def test_the_lineage_graph_follows_bases_and_stops_at_cycles(client, cast):
    first = a_child(cast.owner, "first", base="owner/third")
    a_child(cast.owner, "second", base="owner/first")
    third = a_child(cast.owner, "third", base="owner/second")

    drawn = tree(client, third)

    assert {node.label for node in drawn["nodes"]} >= {
        "owner/first",
        "owner/second",
        "owner/third",
        "1 model",
    }
    assert ("model:owner/first", "model:owner/second") in drawn["edges"]
    assert first.name == "first"


def test_a_dataset_shows_the_models_trained_on_it(client, cast):
    data = a_repo(cast.owner, "lines", kind="dataset")
    commit_files(cast.owner, a_repo(cast.owner, "reader"), {"README.md": "---\ndatasets: owner/lines\n---\n"})

    shown = tree(client, data)

    assert [group.relation for group in shown["groups"]] == [Relation.TRAINED_ON]
    assert names(shown["rows"]) == ["reader"]


def test_descendants_come_in_pages(client, cast, monkeypatch):
    monkeypatch.setattr("apps.registry.repos.views.relations.PAGE_SIZE", 2)
    base = a_repo(cast.owner, "base")
    for number in range(3):
        a_child(cast.owner, f"child-{number}")

    first = tree(client, base)
    second = tree(client, base, cursor=first["next_cursor"])

    assert names(first["rows"]) + names(second["rows"]) != []
    assert len({row.pk for row in [*first["rows"], *second["rows"]]}) == 3
    assert second["next_cursor"] is None


def test_invalid_queries_of_the_tree_are_refused(client, cast):
    base, space = a_repo(cast.owner, "base"), a_repo(cast.owner, "app", kind="space")

    assert client.get(f"{base.get_absolute_url()}/model-tree?relation=cousin").status_code == 400
    assert client.get(f"{base.get_absolute_url()}/model-tree?cursor=x").status_code == 400
    assert client.get(f"{space.get_absolute_url()}/model-tree").status_code == 404


def test_a_deep_tree_is_drawn_with_few_queries(client, cast, django_assert_max_num_queries):
    base = a_repo(cast.owner, "base")
    a_child(cast.owner, "middle")
    leaf = a_child(cast.owner, "leaf", base="owner/middle")
    a_child(cast.owner, "twig", base="owner/leaf")
    client.force_login(cast.owner.user)
    client.get(f"{base.get_absolute_url()}/model-tree")

    with django_assert_max_num_queries(12):
        tree(client, leaf)
