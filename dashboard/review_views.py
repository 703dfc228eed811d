"""Management reviews: prepared by themselves, noted, decided, closed, and read as they were frozen."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.report_views import frozen
from dashboard.reporting import start_pdf
from dashboard.review_forms import CloseForm, NotesForm, ReviewDecisionForm, ReviewForm
from dashboard.review_list import REVIEWS
from dashboard.review_page import ReviewPage, draw_review
from dashboard.views import program_of
from functions.access import ProgramRequest, members_only, person, specialists_only
from functions.selectors import program_day
from gap_scores.selectors import kept_days, kept_on
from improvements import reviews as services
from improvements.reports import reports_for
from improvements.review_models import Review
from improvements.reviews import decisions_for, reviews_for
from web.forms import add_errors
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted
from web.templatetags.show import day_words

QUESTION = gettext_lazy("Reviews: do we keep to what customers need?")


def found(request: ProgramRequest, pk: int) -> Review:
    return get_object_or_404(reviews_for(request.access), pk=pk)


def page_of(pk: int) -> str:
    return reverse("review_detail", args=[pk])


def crumbs(review: Review | None = None) -> list[tuple[str, str]]:
    there = [(_("Reviews"), reverse("review_list"))]
    return [*there, (review.title, page_of(review.pk))] if review else there


@require_safe
@members_only
@with_saved_views(REVIEWS)
def review_list(request: ProgramRequest) -> HttpResponseBase:
    asked, readable = ListAsked(REVIEWS, request.GET), reviews_for(request.access)
    shown = asked.show(asked.narrowed(readable), of=readable)
    if asked.wants_file:
        return asked.file(shown)
    return render(request, "dashboard/review_list.html", {"list": shown, "noun": _("reviews")})


# ---- The record


@require_http_methods(METHODS)
@members_only
def review_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show a review; one that is open takes the notes of its sections."""
    review = found(request, pk)
    page = ReviewPage(review, request.access, program_of(request), program_day(timezone.now()))
    if request.method == "POST":
        return _notes_saved(request, page)
    return _shown(request, page, None if review.report_id else NotesForm(review=review))


def _notes_saved(request: ProgramRequest, page: ReviewPage) -> HttpResponseBase:
    if not request.access.is_specialist:
        raise Http404
    form = NotesForm(request.POST, review=page.review)
    if form.is_valid():
        try:
            services.write_notes(review=page.review, notes=form.changed, seen=form.seen)
        except ValidationError as error:
            add_errors(form, error)
            form.look_again()
        else:
            messages.success(request, _("The notes are kept."))
            return redirect(page_of(page.review.pk))
    return _shown(request, page, form, status=422)


def _shown(request: ProgramRequest, page: ReviewPage, form: NotesForm | None, *, status: int = 200) -> HttpResponse:
    report = reports_for(request.access).filter(pk=page.review.report_id or 0).first()
    said: dict[str, Any] = {"page": page, "form": form, "report": report}
    if report:
        said["article"] = frozen(report)
    if form:
        said["lines"] = [(each, form[each.key]) for each in page.sections]
    return render(request, "dashboard/review_detail.html", said, status=status)


# ---- Preparing it


@require_http_methods(METHODS)
@specialists_only
def review_create(request: ProgramRequest) -> HttpResponseBase:
    by, now, days = person(request), timezone.now(), kept_days()
    today = program_day(now)
    initial = {"held_on": today, "title": _("Management review, %(day)s") % {"day": day_words(today)}}
    if days:
        initial["as_of"] = request.GET.get("as_of") or days[0].isoformat()
    about = _("Its sections are prepared from the day that was kept; you add notes and decisions, and close it.")
    if not days:
        about = _("No day is kept yet, and a review is of one: keep a day first, on the page of kept days.")
    return answer_form(
        request,
        ReviewForm(posted(request), initial=initial),
        lambda data: services.begin_review(snapshot=kept_on(data.pop("as_of")), **data, by_name=str(by), now=now),
        said=lambda _saved: _("It is prepared. Add notes and what is decided."),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        heading=_("Begin a review"),
        about=about,
        crumbs=crumbs(),
        submit=_("Prepare it"),
        cancel_url=reverse("review_list"),
        end_url=reverse("kept_create"),
        end_label=_("Keep another day first"),
    )


@require_http_methods(METHODS)
@specialists_only
def review_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    review = found(request, pk)
    return answer_form(
        request,
        ReviewForm(posted(request), review=review),
        lambda data: services.change_review(review=review, changes=data),
        said=lambda _saved: _("Saved."),
        then=lambda _saved: page_of(pk),
        question=QUESTION,
        heading=_("Change the review"),
        crumbs=crumbs(review),
        cancel_url=page_of(pk),
        end_url=reverse("review_remove", args=[pk]),
        end_label=_("Remove it"),
    )


@require_http_methods(METHODS)
@specialists_only
def review_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    review = found(request, pk)
    return answer_confirmation(
        request,
        lambda: services.remove_review(review=review),
        said=_("The review is removed."),
        then=reverse("review_list"),
        question=QUESTION,
        heading=_("Remove ‘%(title)s’?") % {"title": review.title},
        losses=[_("Its notes and decisions go with it. The kept day stays.")],
        crumbs=crumbs(review),
        submit=_("Remove it"),
        cancel_url=page_of(pk),
    )


@require_http_methods(METHODS)
@specialists_only
def review_close(request: ProgramRequest, pk: int) -> HttpResponseBase:
    review, by, now, its = found(request, pk), person(request), timezone.now(), program_of(request)
    count = review.decisions.count()

    def close(data: dict[str, Any]) -> Review:
        closed = services.close_review(
            review=review, draw=lambda locked: draw_review(locked, program=its, today=program_day(now)),
            nothing_decided=data.get("nothing_decided", False), by=by, by_name=str(by), now=now,
        )  # fmt: skip
        if closed.report:
            start_pdf(report=closed.report, user=by)
        return closed

    kept = ngettext("%(n)d decision is kept with it.", "%(n)d decisions are kept with it.", count) % {"n": count}
    decided = kept if count else _("No decision is kept with it yet.")
    return answer_form(
        request,
        CloseForm(posted(request), has_decisions=bool(count)),
        close,
        said=lambda _saved: _("It is closed, and everybody in the program reads it. Its PDF is being made."),
        then=lambda saved: page_of(saved.pk),
        template="components/confirm_page.html",
        question=QUESTION,
        heading=_("Close ‘%(title)s’?") % {"title": review.title},
        losses=[
            _("Its text is frozen as it is now; notes and decisions do not change any more."),
            _("Everybody in the program reads it, with the names of those who took part."),
            decided,
        ],
        crumbs=crumbs(review),
        submit=_("Close it"),
        cancel_url=page_of(pk),
    )


# ---- What is decided


@require_http_methods(METHODS)
@specialists_only
def review_decision_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    review = found(request, pk)
    return answer_form(
        request,
        ReviewDecisionForm(posted(request)),
        lambda data: services.add_decision(review=review, **data),
        said=lambda _saved: _("The decision is kept."),
        then=lambda _saved: page_of(pk),
        question=QUESTION,
        heading=_("What was decided?"),
        crumbs=crumbs(review),
        submit=_("Keep the decision"),
        cancel_url=page_of(pk),
    )


@require_http_methods(METHODS)
@specialists_only
def review_decision_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    decision = get_object_or_404(decisions_for(request.access), pk=pk)
    there = page_of(decision.review_id)
    return answer_form(
        request,
        ReviewDecisionForm(posted(request), decision=decision),
        lambda data: services.change_decision(decision=decision, changes=data),
        said=lambda _saved: _("Saved."),
        then=lambda _saved: there,
        question=QUESTION,
        heading=_("Change the decision"),
        crumbs=crumbs(decision.review),
        cancel_url=there,
        end_url=reverse("review_decision_remove", args=[pk]),
        end_label=_("Remove it"),
    )


@require_http_methods(METHODS)
@specialists_only
def review_decision_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    decision = get_object_or_404(decisions_for(request.access), pk=pk)
    there = page_of(decision.review_id)
    return answer_confirmation(
        request,
        lambda: services.remove_decision(decision=decision),
        said=_("The decision is removed."),
        then=there,
        question=QUESTION,
        heading=_("Remove this decision?"),
        losses=[decision.sentence],
        crumbs=crumbs(decision.review),
        submit=_("Remove it"),
        cancel_url=there,
    )
