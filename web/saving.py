"""What the page of a form does: it asks, saves through one service, says what followed, and goes to the record.

@specialists_only
def function_update(request, pk):
    function = get_object_or_404(Function, pk=pk)
    return answer_form(
        request,
        FunctionForm(posted(request), instance=function),
        lambda data: services.update_function(function=function, changes=data),
        said=lambda _: what_follows(),
        then=lambda saved: reverse("function_detail", args=[saved.pk]),
        question=..., heading=..., crumbs=..., cancel_url=...,
    )
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from web.forms import add_errors

T = TypeVar("T")
METHODS = ("GET", "HEAD", "POST")


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent; None where the page only asks."""
    return request.POST if request.method == "POST" else None


def answer_form(
    request: HttpRequest,
    form: BaseForm,
    save: Callable[[dict[str, Any]], T],
    *,
    said: Callable[[T], str],
    then: Callable[[T], str],
    template: str = "components/form_page.html",
    **context: Any,
) -> HttpResponseBase:
    """Show a form, or save it and go on; a refused form comes back with its errors (422)."""
    if form.is_bound and form.is_valid():
        try:
            record = save(form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            if words := said(record):
                messages.success(request, words)
            return redirect(then(record))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return TemplateResponse(request, template, {"form": form, **context}, status=status)


class Confirmation(Form):
    """Asks nothing but to go on."""


def answer_confirmation(
    request: HttpRequest, act: Callable[[], T], *, said: str, then: str, **context: Any
) -> HttpResponseBase:
    """Ask before something is lost, then do it and go on."""
    return answer_form(
        request,
        Confirmation(posted(request)),
        lambda _data: act(),
        said=lambda _record: said,
        then=lambda _record: then,
        template="components/confirm_page.html",
        **context,
    )


def what_follows(*, scores: int = 0, circle: bool = False, first: str = "") -> str:
    """Say that it was saved and what is worked out anew because of it."""
    sentences = [first or _("Saved.")]
    if scores:
        sentences.append(
            ngettext("%(n)d score will be recomputed.", "%(n)d scores will be recomputed.", scores) % {"n": scores}
        )
    if circle:
        sentences.append(_("The circle will be recomputed."))
    return " ".join(sentences)
