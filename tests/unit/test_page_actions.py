"""Acts of pages: refusals on forms and in messages, and the answer to a POST."""

import pytest
from django import forms
from django.contrib.messages import INFO, SUCCESS, get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse

from apps.core.errors import Conflict, ValidationFailed
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form


class NoteForm(forms.Form):
    name = forms.CharField()


@pytest.fixture
def request_of(rf):
    def make(**headers):
        request = rf.post("/notes", headers=headers)
        request.session = {}
        request._messages = FallbackStorage(request)
        return request

    return make


def shown(request):
    return [(message.level, message.message) for message in get_messages(request)]


def test_a_refusal_is_shown_on_its_field():
    form = NoteForm({"name": "taken"})
    form.is_valid()

    with refusals_on_form(form, "name", Conflict):
        raise Conflict

    assert [error.code for error in form.errors.as_data()["name"]] == ["Conflict"]


def test_a_refusal_that_the_form_cannot_mend_passes():
    form = NoteForm({"name": "taken"})
    form.is_valid()

    with pytest.raises(ValidationFailed), refusals_on_form(form, "name", Conflict):
        raise ValidationFailed

    assert not form.errors


def test_other_errors_pass_though_no_refusal_is_named(request_of):
    with pytest.raises(KeyError), refusals_as_messages(request_of()):
        raise KeyError


def test_a_button_shows_its_refusal_on_the_next_page(request_of):
    request = request_of()

    with refusals_as_messages(request, Conflict, level=INFO):
        raise Conflict("Already there.")

    assert shown(request) == [(INFO, "Already there.")]


def test_an_act_redirects_and_says_what_it_did(request_of):
    request = request_of()

    response = post_response(request, "/notes/1", "Saved.", fragment=lambda: HttpResponse("row"))

    assert (response.status_code, response["Location"]) == (302, "/notes/1")
    assert shown(request) == [(SUCCESS, "Saved.")]


def test_a_script_gets_the_fragment_and_no_message(request_of):
    request = request_of(**{"HX-Request": "true"})

    response = post_response(request, "/notes/1", "Saved.", fragment=lambda: HttpResponse("row"))

    assert (response.status_code, response.content) == (200, b"row")
    assert shown(request) == []
