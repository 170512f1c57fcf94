"""The index for installers.

source  "Simple repository API" of the Python packaging specifications
"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from apps.core.actor import ANONYMOUS
from apps.core.web.etags import matches_etag
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.toolchain.upstream.models import UpstreamPage

from ..errors import NotAcceptable
from ..models import Project
from ..policies import INDEX, INDEX_ENTRY
from ..presenters.simple import PAGES, SimpleForm, index_page, project_page, upstream_page
from ..selectors.index import IndexState, index_names, index_state

LATEST = {
    "application/vnd.pypi.simple.latest+json": SimpleForm.JSON,
    "application/vnd.pypi.simple.latest+html": SimpleForm.HTML,
}
FORMS = {form.value: form for form in SimpleForm} | LATEST
ANY = ("*/*", "text/*")


@requires(INDEX)
@require_safe
def simple_index(request: HubRequest) -> HttpResponse:
    """List the projects that the reader may see."""
    form = form_of(request)
    state = index_state(request.actor)
    tag = f'"{state.tag}-{form.short}"'
    if matches_etag(request.headers.get("If-None-Match"), tag):
        return _answer(HttpResponseNotModified(), tag, form, is_public=not request.actor.is_signed_in)
    page = HttpResponse(_index_page(request, state, form), content_type=form.content_type)
    return _answer(page, tag, form, serial=state.serial, is_public=not request.actor.is_signed_in)


def _index_page(request: HubRequest, state: IndexState, form: SimpleForm) -> str:
    """Return the list, from the cache if it is the one that everybody sees."""
    if request.actor.is_signed_in:
        return index_page(index_names(request.actor), state.serial, form)
    found = PAGES.get("all", state.tag, form.short)
    if found is None:
        found = index_page(index_names(ANONYMOUS), state.serial, form)
        PAGES.set(found, "all", state.tag, form.short)
    return found


@requires(INDEX_ENTRY)
@require_safe
def simple_project(request: HubRequest, project: Project | UpstreamPage) -> HttpResponse:
    """List the files of a project."""
    form = form_of(request)
    if isinstance(project, UpstreamPage):
        return _upstream(project, form)
    tag = f'"{project.pk}-{project.serial}-{form.short}"'
    if matches_etag(request.headers.get("If-None-Match"), tag):
        return _answer(HttpResponseNotModified(), tag, form, is_public=not project.is_private)
    page = HttpResponse(project_page(project, form), content_type=form.content_type)
    return _answer(page, tag, form, serial=project.serial, is_public=not project.is_private)


def _upstream(page: UpstreamPage, form: SimpleForm) -> HttpResponse:
    """Return the page of the upstream index; what is old enough changes with time, so it is not cached."""
    response = HttpResponse(upstream_page(page, form), content_type=form.content_type)
    response["Vary"] = "Accept"
    return response


def _answer(
    response: HttpResponse, tag: str, form: SimpleForm, *, is_public: bool, serial: int = 0
) -> HttpResponse:
    response["ETag"] = tag
    response["Vary"] = "Accept" if is_public else "Accept, Authorization"
    if serial:
        response["X-PyPI-Last-Serial"] = str(serial)
    return response


def form_of(request: HubRequest) -> SimpleForm:
    """Return the form that a client wants most; `?format=` overrides its headers.

    raises  NotAcceptable
    """
    if named := request.GET.get("format", ""):
        if named not in FORMS:
            raise NotAcceptable(f"The index has no form {named[:80]!r}.")
        return FORMS[named]
    accepted = request.headers.get("Accept", "").strip() or "*/*"
    best = max(_weighted(accepted), key=lambda pair: pair[0], default=(0.0, None))
    if best[1] is None or best[0] <= 0:
        raise NotAcceptable
    return best[1]


def _weighted(accepted: str) -> list[tuple[float, SimpleForm]]:
    """Return the forms that an Accept header names, with their weights, in its order."""
    found = []
    for part in accepted.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        form = SimpleForm.OLD_HTML if name in ANY else FORMS.get(name)
        if form is not None:
            found.append((_weight(parameters), form))
    return found


def _weight(parameters: list[str]) -> float:
    value = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return min(1.0, float(value))
    except ValueError:
        return 0.0
