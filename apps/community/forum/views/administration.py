"""Categories of the forum, in site administration."""

from __future__ import annotations

from copy import copy

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.web.actions import refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import STAFF, requires

from ..forms import CategoryForm
from ..models import Category
from ..policies import CATEGORY_ADMIN
from ..selectors import category_tree, flat_tree
from ..services.categories import create_category, delete_category, next_color, update_category

PAGE = "/site/forum"


@requires(STAFF)
@require_safe
def categories(request: HubRequest) -> HttpResponse:
    nodes = flat_tree(category_tree(request.actor))
    return render(request, "community/forum/site_categories.html", {"nodes": nodes})


@requires(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new_category(request: HubRequest) -> HttpResponse:
    form = CategoryForm(request.POST or None, initial={"color": next_color(Category.objects.count())})
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            create_category(actor=request.actor, **form.cleaned_data)
            return redirect(PAGE)
    return _form_page(request, form, None)


@requires(CATEGORY_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_category(request: HubRequest, category: Category) -> HttpResponse:
    slug = category.slug
    # the form writes into its row what was typed, valid or not
    form = CategoryForm(request.POST or None, instance=copy(category))
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            update_category(actor=request.actor, current_slug=slug, **_changes(form, category))
            return redirect(PAGE)
    return _form_page(request, form, category)


@requires(CATEGORY_ADMIN)
@require_POST
def remove_category(request: HubRequest, category: Category) -> HttpResponse:
    delete_category(actor=request.actor, slug=category.slug)
    return redirect(PAGE)


def _changes(form: CategoryForm, category: Category) -> dict[str, object]:
    return {**form.cleaned_data, "slug": form.cleaned_data["slug"] or category.slug}


def _form_page(request: HubRequest, form: CategoryForm, category: Category | None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "category": category, "title": category.name if category else _("New category")}
    return render(request, "community/forum/site_category.html", context, status=status)
