"""Repository pages in a browser: search, edit, upload, rows; with and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from apps.registry.repos.selectors import git_of
from tests.browser.looks import Look
from tests.makers import a_repo
from tests.seed import a_dataset, a_model, commit_files

pytestmark = pytest.mark.slow

HOME = "/owner/tiny-sentiment"
PHONE = Look(width=390)


@pytest.fixture
def published(live_cast):
    a_dataset(live_cast.owner)
    for name, license in (("alpha", "mit"), ("beta", "apache-2.0")):
        card = f"---\nlicense: {license}\npipeline_tag: fill-mask\n---\n\n# {name}\n"
        commit_files(live_cast.owner, a_repo(live_cast.owner, name), {"README.md": card})
    return a_model(live_cast.owner)


@pytest.mark.parametrize("path", [f"{HOME}/settings", "/settings/tokens"])
def test_the_open_tab_is_in_sight_on_a_phone(published, open_page, live_cast, path):
    page = open_page(live_cast.owner, PHONE)
    page.goto(path)

    expect(page.locator(".tabs > [aria-current], .side-nav [aria-current]").first).to_be_in_viewport(ratio=1)


def cards(page):
    return page.locator("#results .repo-card .name a")


def test_from_the_list_through_a_filter_to_a_model_and_its_lines(published, open_page):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/models")
    expect(cards(page)).to_have_count(3)

    page.locator(".facet [data-value=fill-mask]").click()
    expect(cards(page)).to_have_count(2)
    page.locator(".list-head [name=search]").fill("alph")
    expect(cards(page)).to_have_text(["owner/alpha"])
    page.locator(".chip[data-filter=search]").click()
    page.locator(".chip[data-filter=task]").click()
    expect(cards(page)).to_have_count(3)

    cards(page).filter(has_text="tiny-sentiment").click()
    page.get_by_role("tab", name="hf").click()
    page.locator("[data-tab=hf] copy-button button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == "hf download owner/tiny-sentiment"
    page.locator(".endpoint summary").click()
    page.locator(".endpoint copy-button button").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("export HF_ENDPOINT=http://127.0.0.1:")


def test_a_file_is_edited_and_its_history_shows_it(published, open_page, live_cast):
    page = open_page(live_cast.owner)
    page.goto(f"{HOME}/blob/main/onnx/notes.txt")
    page.locator(".files-bar a[href*='/edit/']").click()
    page.locator("#id_content").fill("edited by hand")
    page.locator("#id_message").fill("Edit by hand")
    page.locator(".wide-form .primary").click()

    expect(page.locator(".source")).to_contain_text("edited by hand")
    page.locator(".files-bar a[href*='/commits/']").click()
    page.get_by_role("link", name="Edit by hand").first.click()
    expect(page.locator(".diff .added")).to_contain_text("+edited by hand")


def test_two_people_edit_the_same_file_and_the_later_one_loses_nothing(published, open_page, live_cast):
    page = open_page(live_cast.owner)
    page.goto(f"{HOME}/edit/main/onnx/notes.txt")
    commit_files(live_cast.owner, published, {"onnx/notes.txt": "faster\n"}, "Faster hands")
    page.locator("#id_content").fill("slower")
    page.locator(".wide-form .primary").click()

    expect(page.locator(".alert.warn")).to_contain_text("Faster hands")
    expect(page.locator("#id_content")).to_have_value("slower")
    page.locator(".wide-form .primary").click()
    expect(page.locator(".source")).to_contain_text("slower")


@pytest.mark.parametrize("scripts", [True, False])
def test_files_are_uploaded_with_and_without_scripts(published, open_page, live_cast, tmp_path, scripts):
    weights, notes = tmp_path / "weights.bin", tmp_path / "notes & more.txt"
    weights.write_bytes(b"\0" * (3 << 20))
    notes.write_text("some words\n")
    page = open_page(live_cast.owner, scripts=scripts)
    page.goto(f"{HOME}/upload/main")
    page.locator("#id_files").set_input_files([weights, notes])
    page.locator("#id_folder").fill("extra")
    page.locator("[data-upload] .primary").click()

    row = page.locator("tr", has_text="weights.bin")
    expect(row).to_contain_text("LFS")
    expect(row).to_contain_text("3.0 MiB")
    page.get_by_role("link", name="notes & more.txt", exact=True).click()
    expect(page.locator(".source")).to_contain_text("some words")


def test_a_refused_upload_shows_the_reason_and_keeps_the_form(published, open_page, live_cast, tmp_path):
    card = tmp_path / "README.md"
    card.write_text("---\nlicense: nonsense\n---\n")
    page = open_page(live_cast.owner)
    page.goto(f"{HOME}/upload/main")
    page.locator("#id_files").set_input_files(card)
    page.locator("#id_message").fill("a message that stays")
    page.locator("[data-upload] .primary").click()

    expect(page.locator("form .alert.bad")).to_contain_text("license")
    expect(page.locator("#id_message")).to_have_value("a message that stays")
    expect(page.locator("[data-upload] .primary")).to_be_enabled()


def test_rows_of_a_dataset_are_paged_by_split(published, open_page):
    page = open_page()
    page.goto("/datasets/owner/film-lines")
    expect(page.locator(".dataset-preview tbody tr")).to_have_count(8)
    page.locator(".dataset-preview a[href$='/viewer']").click()
    expect(page.locator("table.rows tbody tr")).to_have_count(50)
    page.locator("a[rel=next]").click()
    expect(page.locator("table.rows tbody tr").first).to_contain_text("line 50")
    page.locator("a[rel=next]").click()
    expect(page.locator("table.rows tbody tr")).to_have_count(20)
    page.get_by_role("link", name="test", exact=True).click()
    expect(page.locator("table.rows tbody tr").first).to_contain_text("line 500")


def test_everything_that_reads_works_without_scripts(published, open_page):
    page = open_page(scripts=False)
    page.goto("/models?task=fill-mask")
    expect(cards(page)).to_have_count(2)
    page.locator(".facet [data-value=mit]").click()
    expect(cards(page)).to_have_text(["owner/alpha"])
    page.goto(HOME)
    expect(page.locator(".usage [data-tab] .code")).to_have_count(3)
    page.locator(".page-tabs a[href*='/tree/']").click()
    page.locator("summary", has_text="main").click()
    expect(page.locator(".files")).to_contain_text("model.safetensors")
    page.locator(".page-tabs a[href$='/jobs']").click()
    expect(page.locator("main a[href^='/jobs?repo=']")).to_be_visible()


def test_a_repository_is_made_hidden_and_deleted(published, open_page, live_cast):
    page = open_page(live_cast.owner)
    page.goto("/new")
    page.locator("#id_name").fill("brand-new")
    page.locator("#id_license").select_option("mit")
    page.locator("main form .primary").click()
    expect(page).to_have_url(re.compile(r"/owner/brand-new$"))

    page.locator(".page-tabs a[href$='/settings']").click()
    page.locator("[name=visibility][value=private]").check()
    page.locator("form[action$='/settings/visibility'] button").click()
    expect(page.locator("#is-private")).to_be_visible()

    button = page.locator("#delete [data-armed]")
    expect(button).to_be_disabled()
    page.locator("#delete input[name=confirm]").fill("owner/brand-new")
    button.click()
    expect(page).to_have_url(re.compile(r"/owner$"))
    assert page.goto("/owner/brand-new").status == 404


def test_a_commit_made_in_the_browser_is_the_repositorys_own(published, open_page, live_cast):
    page = open_page(live_cast.owner)
    page.goto(f"{HOME}/new/main")
    page.locator("#id_path").fill("docs/hello.md")
    page.locator("#id_content").fill("# Hello")
    page.locator(".wide-form .primary").click()
    expect(page.locator("article.prose h2")).to_contain_text("Hello")

    git = git_of(published)
    assert git.read_file(git.resolve("main"), "docs/hello.md") == b"# Hello\n"
