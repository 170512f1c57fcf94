"""Hub protocol: lists and search."""

import json
from pathlib import Path

import pytest

from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.models import Repo
from tests.api.hub import Hub, refusal
from tests.api.test_pages_views_of_files import a_gguf
from tests.makers import a_repo
from tests.seed import commit_large_file

# written by tests/tools/expand_values.py
EXPAND_VALUES = json.loads(Path(__file__).with_name("expand_values.json").read_text())
CARD = b"""---
license: mit
library_name: peft
pipeline_tag: text-classification
language: en
tags: [small]
datasets: [owner/tweets]
---
"""
CONFIG = b'{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}'


@pytest.fixture
def tiny(cast):
    repo = a_repo(owner=cast.owner, name="Tiny-BERT")
    changes = [AddFile("README.md", CARD), AddFile("config.json", CONFIG)]
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=changes, message="Card"
    )
    return repo


def ids(query: str, person=None, kind: str = "models") -> list[str]:
    return [one["id"] for one in Hub(person).get(f"/api/{kind}?{query}").json()]


def test_an_item_has_the_default_properties_only(tiny):
    (item,) = Hub().get("/api/models").json()

    for name in (
        "_id",
        "id",
        "modelId",
        "author",
        "private",
        "gated",
        "downloads",
        "likes",
        "tags",
        "createdAt",
        "lastModified",
    ):
        assert name in item
    assert (item["library_name"], item["pipeline_tag"]) == ("peft", "text-classification")
    assert not {"cardData", "config", "siblings", "sha"} & set(item)


def test_switches_add_files_card_and_config(tiny):
    (full,) = Hub().get("/api/models?full=true&cardData=true&config=true").json()

    assert {one["rfilename"] for one in full["siblings"]} == {".gitattributes", "README.md", "config.json"}
    assert full["cardData"]["license"] == "mit"
    assert full["config"]["model_type"] == "bert"
    assert full["sha"] == Repo.objects.get().head


def test_expand_returns_only_named_properties(tiny):
    (item,) = Hub().get("/api/models?expand=author&expand=sha").json()

    assert set(item) == {"_id", "id", "modelId", "author", "sha"}
    assert refusal(Hub().get("/api/models?expand=foo")) == (400, "BadRequest")


@pytest.mark.parametrize("release", EXPAND_VALUES)
@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_every_value_of_expand_that_a_released_client_knows_is_accepted(cast, kind, release):
    repo = a_repo(owner=cast.owner, kind=kind)
    query = "&".join(f"expand={name}" for name in EXPAND_VALUES[release][kind])

    listed = Hub().get(f"/api/{kind}s?{query}")
    info = Hub().get(f"/api/{kind}s/{repo.address.id}?{query}&expand=xetEnabled")

    assert (listed.status_code, info.status_code) == (200, 200), info.content
    assert info.json()["xetEnabled"] is True


@pytest.mark.parametrize(
    "query",
    [
        "search=tiny-b",
        "search=OWNER/tiny",
        "author=OWNER",
        "filter=small&filter=peft",
        "filter=small,peft",
        "filter=license:mit",
        "filter=dataset:owner/tweets",
        "filter=en",
        "pipeline_tag=text-classification",
        "gated=false",
        "sort=createdAt&limit=5",
    ],
)
def test_filters_that_fit_find_it(tiny, query):
    assert ids(query) == ["owner/Tiny-BERT"]


ABSENT = [
    "search=other",
    "author=stranger",
    "filter=small&filter=large",
    "pipeline_tag=fill-mask",
    "gated=true",
    "apps=ollama",
]


@pytest.mark.parametrize("query", [*ABSENT, "num_parameters=min:1B", "inference_provider=any"])
def test_filters_that_do_not_fit_find_nothing(tiny, query):
    assert ids(query) == []


def test_lists_link_to_their_next_page_with_everything_in_it(cast):
    for number in range(5):
        a_repo(owner=cast.owner, name=f"one-{number}", kind="dataset")

    seen, address = [], "/api/datasets?search=one&search=owner&sort=createdAt&limit=2&expand[]=author"
    while address:
        response = Hub().get(address)
        seen += [one["id"] for one in response.json()]
        link = response.headers.get("Link", "")
        address = link[len("<http://testserver") : link.index(">")] if link else ""

    assert seen == [f"owner/one-{number}" for number in (4, 3, 2, 1, 0)]


def test_private_repos_show_only_to_those_who_may_read_them(cast):
    a_repo(owner=cast.owner, namespace="grove", name="hidden", is_private=True)

    assert ids("", cast.anonymous) == ids("", cast.stranger) == []
    assert ids("", cast.owner) == ids("", cast.member) == ["grove/hidden"]


@pytest.mark.parametrize(
    "query",
    ["sort=colour", "limit=-1", "limit=x", "cursor=x", "num_parameters=6B", "search=%00", "filter=%00"],
)
def test_an_invalid_query_is_400(db, query):
    assert refusal(Hub().get(f"/api/models?{query}"))[0] == 400


def test_datasets_and_spaces_have_lists_of_their_own(cast, tiny):
    a_repo(owner=cast.owner, name="app", kind="space")

    assert ids("", kind="datasets") == []
    assert ids("linked=true", kind="spaces") == ["owner/app"]


def test_the_filters_of_a_list_are_listed(tiny):
    body = Hub().get("/api/models-tags-by-type").json()

    assert body["license"] == [{"id": "license:mit", "label": "mit", "type": "license"}]
    assert body["pipeline_tag"][0]["id"] == "text-classification"
    assert set(Hub().get("/api/datasets-tags-by-type").json()) == {"task_categories", "license", "language"}


def test_a_list_takes_the_same_few_queries_however_long_it_is(cast, django_assert_max_num_queries):
    for number in range(5):
        a_repo(owner=cast.owner, name=f"one-{number}")

    with django_assert_max_num_queries(4):
        assert len(ids("cardData=true")) == 5


APP = b"""---
title: App
sdk: static
models: [owner/Tiny-BERT, bert-base]
datasets: [owner/tweets]
---
"""


@pytest.fixture
def app(cast):
    repo = a_repo(owner=cast.owner, name="app", kind="space", settings={"sdk": "static"})
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[AddFile("README.md", APP)],
        message="Card",
    )
    return repo


@pytest.mark.parametrize(
    "query",
    [
        "models=bert-base",
        "datasets=owner/tweets",
        "models=bert-base&models=owner/Tiny-BERT",
        "filter=model:bert-base",
    ],
)
def test_applications_are_found_by_what_they_use(app, query):
    assert ids(query, kind="spaces") == ["owner/app"]
    assert ids("models=gpt", kind="spaces") == ids("datasets=other", kind="spaces") == []


def test_linked_repositories_of_a_space_are_returned_on_request(app):
    def first_item(query: str) -> dict:
        return Hub().get(f"/api/spaces?{query}").json()[0]

    assert not {"models", "datasets"} & set(first_item("full=true"))
    assert first_item("linked=true")["models"] == ["owner/Tiny-BERT", "bert-base"]
    assert first_item("linked=true")["datasets"] == ["owner/tweets"]
    assert set(first_item("models=bert-base")) - set(first_item("")) == {"models"}


def test_a_model_lists_the_visible_spaces_that_use_it(cast, tiny, app):
    hidden = a_repo(
        owner=cast.owner, name="hidden", kind="space", is_private=True, settings={"sdk": "static"}
    )
    commit_changes(
        actor=cast.owner.actor,
        address=hidden.address,
        branch="main",
        changes=[AddFile("README.md", APP)],
        message="Card",
    )

    assert Hub().get("/api/models/owner/Tiny-BERT").json()["spaces"] == ["owner/app"]
    assert set(Hub(cast.owner).get("/api/models/owner/Tiny-BERT?expand=spaces").json()["spaces"]) == {
        "owner/app",
        "owner/hidden",
    }


@pytest.fixture
def packed(cast):
    """A repository with a model in GGUF, in two parts, and its projector."""
    repo = a_repo(owner=cast.owner, name="packed")
    for name in ("m-00001-of-00002.gguf", "m-00002-of-00002.gguf", "mmproj-m.gguf", "z.gguf"):
        commit_large_file(cast.owner, repo, name, a_gguf(special=True))
    return repo


def test_a_model_in_gguf_tells_what_its_header_says(packed):
    expected = {
        "total": 2 * (512 + 64),
        "architecture": "llama",
        "context_length": 4096,
        "chat_template": "{{ messages }}",
        "bos_token": "word1",
    }

    (listed,) = Hub().get("/api/models?expand=gguf").json()

    assert listed["gguf"] == expected
    assert Hub().get("/api/models/owner/packed").json()["gguf"] == expected
    assert "safetensors" not in Hub().get("/api/models/owner/packed").json()


def test_a_malformed_gguf_file_is_stored_and_tells_nothing(cast):
    repo = a_repo(owner=cast.owner)

    commit_large_file(cast.owner, repo, "model.gguf", a_gguf()[:90])

    assert "gguf" not in Hub().get("/api/models/owner/tiny").json()


def test_models_are_found_by_the_applications_that_load_them(packed):
    def found(query: str) -> tuple[list[str], str]:
        response = Hub().get(f"/api/models?{query}")
        return [one["id"] for one in response.json()], response.headers.get("X-HF-Warning", "")

    assert found("apps=ollama") == found("apps=ollama&apps=llama.cpp") == (["owner/packed"], "")
    assert found("apps=vllm") == ([], "")
    for query in ("apps=other", "inference=warm"):
        listed, warning = found(query)
        assert (listed, query.partition("=")[2] in warning or "inference" in warning) == ([], True)


def test_a_pipeline_of_diffusers_has_the_task_of_its_class(cast):
    repo = a_repo(owner=cast.owner)
    index = b'{"_class_name": "StableDiffusionXLImg2ImgPipeline", "_diffusers_version": "0.35.0"}'
    card = b"---\nco2_eq_emissions: {emissions: 12}\n---\n"
    changes = [AddFile("model_index.json", index), AddFile("README.md", card)]
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=changes, message="Add"
    )

    info = Hub().get("/api/models/owner/tiny").json()

    assert (info["pipeline_tag"], info["library_name"]) == ("image-to-image", "diffusers")
    assert info["config"] == {"diffusers": {"_class_name": "StableDiffusionXLImg2ImgPipeline"}}
    assert {"diffusers:StableDiffusionXLImg2ImgPipeline", "co2_eq_emissions"} <= set(info["tags"])
    assert ids("filter=co2_eq_emissions") == ["owner/tiny"]


def test_applications_have_no_hardware_to_choose_from(cast):
    assert Hub().get("/api/spaces/hardware").json() == []


@pytest.mark.parametrize("path", ["/v2/", "/v2/owner/packed/manifests/latest", "/v2/owner/packed/blobs/x"])
def test_a_pull_by_a_container_tool_is_refused_in_words_that_it_reads(cast, path):
    response = Hub().get(path)

    (error,) = response.json()["errors"]
    assert (response.status_code, error["code"]) == (404, "UNSUPPORTED")
    assert "resolve" in error["message"]
