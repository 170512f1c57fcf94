"""Rules for every template: the content security policy, existing icons, the style guide."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates" / "components").glob("*.html"))
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))

MAX_WIDTH = 140

INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")", re.IGNORECASE
)
INLINE_STYLE = re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)
HANDLER = re.compile(r"<[^>]*\son(?:click|change|submit|load|input|error|key\w+|mouse\w+)\s*=", re.IGNORECASE)
OTHER_HOST = re.compile(r"""(?:src|href|action)=["']https?://(?!example\.com)""")
ICON = re.compile(
    r"""{%\s*icon\s+["']([\w-]+)["']|<c-[\w-]+[^>]*?\sicon="([\w-]+)"|icons\.svg' %}#([\w-]+)"""
)


def too_wide(text: str) -> list[int]:
    """Return the numbers of the lines above the width limit of templates."""
    return [number for number, line in enumerate(text.splitlines(), 1) if len(line) > MAX_WIDTH]


def test_no_line_of_a_template_is_too_wide():
    files = [file for file in (ROOT / "templates").rglob("*") if file.is_file()]
    wide = {str(file.relative_to(ROOT)): numbers for file in files if (numbers := too_wide(file.read_text()))}

    assert len(files) > 200
    assert wide == {}


def test_a_wide_line_is_seen():
    assert too_wide(f"<p>\n{'x' * MAX_WIDTH}\n{'x' * MAX_WIDTH}y\n</p>") == [3]


def test_djlint_knows_the_width():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["djlint"]

    assert options["max_line_length"] == MAX_WIDTH


def test_no_template_has_a_script_or_a_style_in_it():
    faulty = {
        str(file.relative_to(ROOT)): found[0]
        for file in TEMPLATES
        for pattern in (INLINE_SCRIPT, INLINE_STYLE, HANDLER, OTHER_HOST)
        if (found := pattern.findall(file.read_text()))
    }

    assert faulty == {}


@pytest.mark.parametrize(
    ("pattern", "markup"),
    [
        (INLINE_SCRIPT, "<script>x</script>"),
        (INLINE_STYLE, '<p style="color: red">'),
        (HANDLER, '<a onclick="x">'),
        (OTHER_HOST, '<img src="https://cdn.example.org/x.js">'),
    ],
)
def test_the_patterns_see_what_they_look_for(pattern, markup):
    assert pattern.search(markup)


def test_every_icon_is_in_the_sprite():
    used = {name for file in TEMPLATES for names in ICON.findall(file.read_text()) for name in names if name}

    assert len(used) > 20
    assert used - SPRITE == set()


def test_every_component_is_on_the_style_guide():
    shown = (ROOT / "templates/ecosystem/styleguide.html").read_text()
    inside = {"field", "copy", "toast", "live-state", "pagination", "dialog", "secret", "confirm"}
    missing = [
        file.stem.replace("_", "-") for file in COMPONENTS if f"<c-{file.stem.replace('_', '-')}" not in shown
    ]

    assert set(missing) <= inside


def test_every_component_declares_its_inputs():
    silent = [file.name for file in COMPONENTS if not re.match(r"{#|{% comment %}", file.read_text())]

    assert silent == []


def test_every_module_of_the_scripts_is_on_the_pages():
    listed = (ROOT / "templates/layouts/_scripts.html").read_text()
    everywhere = {file.name for file in (ROOT / "static/js").glob("*.js") if f"js/{file.name}" not in listed}
    elsewhere = {name for name in everywhere if any(f"js/{name}" in file.read_text() for file in TEMPLATES)}

    assert everywhere == elsewhere


def test_all_stylesheets_keep_their_layer():
    unlayered = [
        file.name for file in (ROOT / "static/css").glob("*.css") if "@layer" not in file.read_text()
    ]

    assert unlayered == []
