"""`requires` opens the object of the URL and hands it to the view."""

from types import SimpleNamespace

import pytest
from django.http import HttpResponseRedirect
from rest_framework.test import APIRequestFactory

from apps.core.actor import ANONYMOUS, Actor, ActorKind
from apps.core.errors import Forbidden, Unauthenticated
from apps.core.rest.view import ApiView
from apps.core.web.policies import PUBLIC, SIGNED_IN, Policy, check_policy, policy_of, requires

SIGNED_IN_ACTOR = Actor(kind=ActorKind.PERSON, user_id=1)


def opener(access):
    def open_thing(request, *, thing_id, lock=False):
        if thing_id == 0:
            raise Forbidden
        return f"thing {thing_id} to {access}{' locked' if lock else ''}"

    return open_thing


THING = {"takes": ("thing_id",), "gives": "thing"}
READ = Policy("thing-read", "readers", open=opener("read"), **THING)
WRITE = Policy("thing-write", "writers", open=opener("write"), **THING)


def a_request(method="GET"):
    return SimpleNamespace(method=method, actor=ANONYMOUS)


def test_a_view_gets_the_object_in_place_of_its_address():
    @requires(READ)
    def view(request, thing, part):
        return thing, part

    assert view(a_request(), thing_id=7, part="a") == ("thing 7 to read", "a")


def test_a_refused_view_does_not_run():
    @requires(READ)
    def view(request, thing):
        pytest.fail("the view ran")

    with pytest.raises(Forbidden):
        view(a_request(), thing_id=0)


def test_a_method_may_open_in_another_way_and_head_opens_like_get():
    @requires(WRITE, GET=READ)
    def view(request, thing):
        return thing

    assert [view(a_request(method), thing_id=1) for method in ("GET", "HEAD", "PUT")] == [
        "thing 1 to read",
        "thing 1 to read",
        "thing 1 to write",
    ]


def test_a_method_without_an_object_keeps_its_address():
    @requires(PUBLIC, PUT=WRITE)
    def view(request, **names):
        return names

    assert view(a_request("GET"), thing_id=1) == {"thing_id": 1}
    assert view(a_request("PUT"), thing_id=1) == {"thing": "thing 1 to write"}


def test_a_response_in_place_of_the_object_is_sent():
    moved = HttpResponseRedirect("/things/8")

    @requires(Policy("moved", "moved", open=lambda request, thing_id: moved, **THING))
    def view(request, thing):
        pytest.fail("the view ran")

    assert view(a_request(), thing_id=7) is moved


def test_a_policy_that_only_checks_gives_nothing():
    @requires(Policy("checked", "checked", open=lambda request: None))
    def view(request):
        return "ran"

    assert view(a_request()) == "ran"


def test_a_policy_refuses_an_actor_whatever_the_object():
    guarded = Policy("guarded", "guarded", check=SIGNED_IN.check, open=opener("read"), **THING)

    check_policy(guarded, SIGNED_IN_ACTOR)
    with pytest.raises(Unauthenticated):
        check_policy(guarded, ANONYMOUS)


@requires(READ, PUT=WRITE)
class Things(ApiView):
    locks = []

    def get(self, request, thing):
        return thing

    def put(self, request, thing):
        return thing


@requires(WRITE)
class OwnThings(Things):
    """Inherits its handlers, not their policies."""


def test_each_handler_of_a_class_gets_its_object():
    view = Things()

    assert view.get(a_request("GET"), thing_id=1) == "thing 1 to read"
    # The tag of a conditional change is read by GET's handler, within the request of the change.
    assert view.get(a_request("PUT"), thing_id=1) == "thing 1 to read"
    assert view.put(a_request("PUT"), thing_id=1) == "thing 1 to write"


def test_an_inherited_handler_opens_by_the_policy_of_its_class_once():
    assert OwnThings().get(a_request(), thing_id=1) == "thing 1 to write"
    assert policy_of(OwnThings, "GET") == WRITE


def test_a_conditional_change_locks_what_its_policy_opens(db):
    opened = []

    def open_thing(request, *, thing_id, lock=False):
        opened.append(lock)
        return "thing"

    @requires(Policy("locking", "locking", open=open_thing, **THING))
    class Locking(ApiView):
        def put(self, request, thing):
            return None

        def tag(self, response, **names):
            return '"now"'

        def get(self, request, thing):
            return None

    request = APIRequestFactory().put("/things/1", headers={"if-match": '"before"'})
    request.actor = SIGNED_IN_ACTOR

    response = Locking.as_view()(request, thing_id=1)

    assert (response.status_code, opened[0]) == (412, True)
