"""Apps declare themselves; the site reads one joined declaration."""

import pytest
from django.apps import apps
from django.test import modify_settings

from apps.core.declaration import BanyanApp, banyan_apps, declared


def test_declarations_are_joined_in_the_order_of_the_installed_apps():
    names = [renderer.name for renderer in declared().error_renderers]

    assert names == ["rest", "packages", "openai", "xet", "lfs", "git", "hub", "registry", "discourse"]


def test_an_app_is_asked_once():
    config = apps.get_app_config("protocols")

    assert config.declared is config.declared
    assert declared() is declared()


@modify_settings(INSTALLED_APPS={"remove": "apps.registry.protocols"})
def test_an_app_that_is_not_installed_declares_nothing():
    assert [renderer.name for renderer in declared().error_renderers] == [
        "rest",
        "packages",
        "discourse",
    ]


def test_the_base_class_is_no_app_of_its_own():
    assert BanyanApp.default is False
    assert all(config.default for config in banyan_apps())


@pytest.mark.parametrize("label", ["core", "protocols"])
def test_an_app_is_found_without_its_class_in_the_settings(label):
    assert apps.get_app_config(label) in banyan_apps()
