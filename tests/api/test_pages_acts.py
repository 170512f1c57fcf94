"""Pages that create, rename, hide and delete repositories and start jobs."""

import pytest

from apps.registry.repos.models import Repo
from apps.toolchain.jobs.models import Direction, Job, Lineage
from tests.makers import a_repo
from tests.pages import data_of, form_errors, values_of
from tests.seed import a_dataset, a_model, commit_files, safetensors

BACKEND = "django.contrib.auth.backends.ModelBackend"
HOME = "/owner/tiny-sentiment"


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user, backend=BACKEND)
    return client


# --- making


def test_a_new_model_begins_with_its_card(as_owner, cast):
    fields = {
        "owner": "owner",
        "name": "fresh",
        "description": "Says hello.",
        "license": "mit",
        "visibility": "private",
    }

    response = as_owner.post("/new", fields)

    repo = Repo.objects.get(name="fresh")
    assert response["Location"] == "/owner/fresh"
    assert (repo.is_private, repo.license, repo.description) == (True, "mit", "Says hello.")


def test_an_organization_can_own_what_its_writer_makes(client, cast):
    client.force_login(cast.member.user, backend=BACKEND)

    client.post("/new-dataset", {"owner": "grove", "name": "rows", "visibility": "public"})

    assert str(Repo.objects.get(name="rows").address) == "datasets/grove/rows"


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"name": "taken"}, {"name": ["NameTaken"]}),
        ({"name": "a--b"}, {"name": ["BadName"]}),
        ({"name": "resolve"}, {"name": ["BadName"]}),
        ({"owner": "grove"}, {"owner": ["invalid_choice"]}),
        ({"name": ""}, {"name": ["required"]}),
    ],
)
def test_an_invalid_repository_form_is_shown_again_with_errors(client, cast, changed, errors):
    client.force_login(cast.stranger.user, backend=BACKEND)
    a_repo(cast.stranger, "taken")

    response = client.post(
        "/new",
        {"owner": "stranger", "name": "fresh", "visibility": "public", "description": "kept", **changed},
    )

    assert response.status_code == 422
    assert form_errors(response) == errors
    assert 'value="kept"' in response.content.decode()
    assert Repo.objects.count() == 1


def test_anonymous_is_redirected_to_sign_in_before_creating(client, cast):
    assert client.get("/new")["Location"] == "/login?next=%2Fnew"


# --- settings


def test_hiding_and_showing_again(as_owner, cast):
    a_model(cast.owner)

    as_owner.post(f"{HOME}/settings/visibility", {"visibility": "private"})
    assert Repo.objects.get().is_private
    as_owner.post(f"{HOME}/settings/visibility", {"visibility": "public"})
    assert not Repo.objects.get().is_private


def test_a_renamed_repository_is_found_under_its_old_address(as_owner, cast):
    a_model(cast.owner)

    response = as_owner.post(f"{HOME}/settings/rename", {"name": "small"})

    assert response["Location"] == "/owner/small/settings"
    assert as_owner.get(f"{HOME}/tree/main/onnx")["Location"] == "/owner/small/tree/main/onnx"


def test_renaming_changes_no_owner(as_owner, cast):
    a_model(cast.owner)

    as_owner.post(f"{HOME}/settings/rename", {"owner": "grove", "name": "small"})

    assert str(Repo.objects.get().address) == "owner/small"


def test_a_transfer_needs_the_whole_name(as_owner, cast):
    a_model(cast.owner)

    refused = as_owner.post(f"{HOME}/settings/transfer", {"owner": "grove", "confirm": "tiny-sentiment"})
    moved = as_owner.post(f"{HOME}/settings/transfer", {"owner": "grove", "confirm": "owner/tiny-sentiment"})

    assert refused.status_code == 422
    assert moved["Location"] == "/grove/tiny-sentiment/settings"
    assert str(Repo.objects.get().address) == "grove/tiny-sentiment"


@pytest.mark.parametrize("owner", ["owner", "stranger", ""])
def test_a_transfer_goes_to_another_owner_that_one_may_write_for(as_owner, cast, owner):
    a_model(cast.owner)

    response = as_owner.post(f"{HOME}/settings/transfer", {"owner": owner, "confirm": "owner/tiny-sentiment"})

    assert response.status_code == 422
    assert str(Repo.objects.get().address) == "owner/tiny-sentiment"


@pytest.mark.parametrize(("license", "lines"), [("", 0), ("mit", 1)])
def test_a_new_card_names_only_the_license_that_was_chosen(as_owner, cast, license, lines):
    repo = a_repo(cast.owner, "fresh")
    Repo.objects.filter(pk=repo.pk).update(license=license)

    form = as_owner.get("/owner/fresh/new/main?name=README.md").context["form"]

    assert form.initial["content"].count("license:") == lines


def test_a_name_that_is_taken_keeps_the_old_one(as_owner, cast):
    a_model(cast.owner)
    a_repo(cast.owner, "small")

    response = as_owner.post(f"{HOME}/settings/rename", {"owner": "owner", "name": "SMALL"})

    assert response.status_code == 422
    assert Repo.objects.filter(name="tiny-sentiment").exists()


@pytest.mark.parametrize("typed", ["", "tiny-sentiment", "owner/tiny"])
def test_deleting_needs_the_whole_name(as_owner, cast, typed):
    a_model(cast.owner)

    response = as_owner.post(f"{HOME}/settings/delete", {"confirm": typed})

    assert response.status_code == 422
    assert Repo.objects.get().deleted_at is None


def test_a_deleted_repository_is_gone_from_every_page(as_owner, cast):
    a_model(cast.owner)

    response = as_owner.post(f"{HOME}/settings/delete", {"confirm": "owner/tiny-sentiment"})

    assert response["Location"] == "/owner"
    assert as_owner.get(HOME).status_code == 404
    assert "tiny-sentiment" not in as_owner.get("/models").content.decode()


@pytest.mark.parametrize("act", ["visibility", "rename", "delete"])
def test_a_writer_of_an_organization_does_not_reach_its_dangerous_acts(client, cast, act):
    a_model(cast.owner, namespace="grove")
    client.force_login(cast.member.user, backend=BACKEND)

    fields = {"visibility": "private", "owner": "member", "name": "mine", "confirm": "grove/tiny-sentiment"}

    assert client.post(f"/grove/tiny-sentiment/settings/{act}", fields).status_code == 403


# --- ordering jobs


def test_the_form_of_a_fine_tune_is_filled_in_from_the_first_rows(as_owner, cast):
    a_model(cast.owner)
    repo = a_repo(cast.owner, "reviews", kind="dataset")
    rows = "review,stars,sentiment\n" + "".join(
        f"line {n} of many words,{n % 5},{'pos' if n % 2 else 'neg'}\n" for n in range(30)
    )
    commit_files(cast.owner, repo, {"train.csv": rows, "validation.csv": rows, "test.csv": rows})

    values = values_of(as_owner.get(f"{HOME}/fine-tune?dataset=owner/reviews").content.decode())

    assert values["param_text_column"] == "review"
    assert values["param_label_column"] == "sentiment"
    assert (values["param_train_split"], values["param_validation_split"], values["param_test_split"]) == (
        "train",
        "validation",
        "test",
    )
    assert (values["owner"], values["name"]) == ("owner", "tiny-sentiment-reviews")


def test_a_fine_tune_is_ordered_on_pinned_commits_and_leads_to_its_job(as_owner, cast):
    model, dataset = a_model(cast.owner), a_dataset(cast.owner)
    values = values_of(as_owner.get(f"{HOME}/fine-tune?dataset=owner/film-lines").content.decode())

    response = as_owner.post(f"{HOME}/fine-tune", {**values, "param_epochs": "2", "is_public": "on"})

    job = Job.objects.get()
    assert response["Location"] == f"/jobs/{job.pk}"
    assert {name: pin.commit for name, pin in job.pins.items()} == {
        "model": model.head,
        "dataset": dataset.head,
    }
    assert (job.kind, job.params["epochs"], job.params["text_column"]) == ("fine_tune", 2, "text")
    assert job.output_repo.address == "owner/tiny-sentiment-film-lines"


def test_an_evaluation_is_ordered_on_the_test_split(as_owner, cast):
    a_model(cast.owner)
    a_dataset(cast.owner)
    values = values_of(as_owner.get(f"{HOME}/evaluate?dataset=owner/film-lines").content.decode())

    as_owner.post(f"{HOME}/evaluate", values)

    job = Job.objects.get()
    assert (job.kind, job.params["split"], job.output_repo, job.is_public) == (
        "evaluate",
        "test",
        None,
        False,
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"param_epochs": "none"},
        {"param_batch_size": "0"},
        {"name": "tiny-sentiment"},
        {"name": "a--b"},
        {"model_revision": "nowhere"},
    ],
)
def test_an_invalid_job_form_is_shown_again_with_field_errors(as_owner, cast, changed):
    a_model(cast.owner)
    a_dataset(cast.owner)
    values = values_of(as_owner.get(f"{HOME}/fine-tune?dataset=owner/film-lines").content.decode())

    response = as_owner.post(f"{HOME}/fine-tune", {**values, "param_learning_rate": "0.00123", **changed})

    assert response.status_code == 422
    assert list(form_errors(response)) == list(changed)
    assert values_of(response.content.decode())["param_learning_rate"] == "0.00123"
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "dataset",
    ["owner/nothing", "nothing", "stranger/secret", "owner/film-lines&dataset_revision=v9", "a/b/c"],
)
def test_an_unusable_dataset_is_a_field_error(as_owner, cast, dataset):
    a_model(cast.owner)
    a_dataset(cast.owner)
    a_repo(cast.stranger, "secret", kind="dataset", is_private=True)

    response = as_owner.get(f"{HOME}/fine-tune?dataset={dataset}")

    assert response.status_code == 422
    assert 'name="dataset"' in response.content.decode()


def test_a_dataset_without_rows_can_still_be_used_by_typing_the_columns(as_owner, cast):
    a_model(cast.owner)
    repo = a_repo(cast.owner, "plain", kind="dataset")
    commit_files(cast.owner, repo, {"notes.txt": "nothing\n"})

    values = values_of(as_owner.get(f"{HOME}/evaluate?dataset=owner/plain").content.decode())

    assert values["param_text_column"] == "text"


@pytest.mark.parametrize("query", ["", "?dataset=owner/film-lines"])
def test_a_model_that_cannot_be_scored_leads_to_fine_tuning_instead_of_a_form(as_owner, cast, query):
    a_dataset(cast.owner)
    base = a_repo(cast.owner, "base")
    weights = safetensors({"embeddings.word": (64, 8)})
    config = '{"model_type": "bert", "architectures": ["BertForMaskedLM"]}'
    commit_files(cast.owner, base, {"config.json": config, "model.safetensors": weights})

    page = as_owner.get(f"/owner/base/evaluate{query}")

    text = page.content.decode()
    assert "text-classification" in data_of(text, "unfit")
    assert data_of(text, "offer")[0] == "fine-tune"
    assert 'name="dataset"' not in text


def test_a_model_that_fits_no_recipe_has_no_form_and_no_way_on(as_owner, cast):
    a_dataset(cast.owner)
    images = a_repo(cast.owner, "images")
    commit_files(cast.owner, images, {"README.md": "---\npipeline_tag: image-classification\n---\n"})

    text = as_owner.get("/owner/images/fine-tune").content.decode()
    ordered = as_owner.post("/owner/images/fine-tune", {"dataset": "owner/film-lines"})

    assert data_of(text, "unfit") == ["causal-lm", "chat-sft", "preference", "text-classification"]
    assert "fine-tune" not in data_of(text, "offer")
    assert 'name="dataset"' not in text
    assert ordered.status_code == 422
    assert not Job.objects.exists()


def test_anonymous_is_redirected_to_sign_in_before_starting_a_job(client, cast):
    a_model(cast.owner)

    assert client.get(f"{HOME}/fine-tune")["Location"].startswith("/login?next=")
    assert client.post(f"{HOME}/fine-tune", {"dataset": "owner/x"}).status_code == 401


def test_readers_of_a_model_may_fine_tune_it_into_their_own_namespace(client, cast):
    a_model(cast.owner)
    a_dataset(cast.owner)
    client.force_login(cast.stranger.user, backend=BACKEND)
    values = values_of(client.get(f"{HOME}/fine-tune?dataset=owner/film-lines").content.decode())

    client.post(f"{HOME}/fine-tune", values)

    assert Job.objects.get().output_repo.address == "stranger/tiny-sentiment-film-lines"


def test_the_lineage_of_a_private_job_is_not_drawn_for_strangers(client, cast):
    a_model(cast.owner)
    a_dataset(cast.owner, "hidden-lines", is_private=True)
    client.force_login(cast.owner.user, backend=BACKEND)
    values = values_of(client.get(f"{HOME}/fine-tune?dataset=owner/hidden-lines").content.decode())
    client.post(f"{HOME}/fine-tune", values)
    job = Job.objects.get()
    Lineage.objects.create(
        job=job,
        direction=Direction.OUTPUT,
        name="output",
        kind="model",
        address="owner/made",
        commit="a" * 40,
    )

    assert "hidden-lines" in client.get(f"{HOME}/lineage").content.decode()
    client.force_login(cast.stranger.user, backend=BACKEND)
    assert "hidden-lines" not in client.get(f"{HOME}/lineage").content.decode()
