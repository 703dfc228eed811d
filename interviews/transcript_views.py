"""Transcripts: attached to an interview, looked at, and the customer's words taken into the queue."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from functions.access import ProgramRequest, person, specialists_only
from interviews.transcript_forms import SpeakersForm, TranscriptForm
from interviews.transcript_models import Transcript
from interviews.transcript_services import attach_transcript, remove_transcript, take_words
from interviews.transcripts import read_transcript
from interviews.views import crumbs_of, interview_or_404
from web.forms import add_errors
from web.saving import METHODS, answer_confirmation, answer_form, posted

SHOWN = 300


@require_http_methods(METHODS)
@specialists_only
def transcript_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    interview = interview_or_404(request, pk)

    def attach(data: dict[str, Any]) -> Transcript:
        file = data["file"]
        try:
            return attach_transcript(
                interview=interview, file_name=file.name, content=file.read(), by=person(request), now=timezone.now()
            )
        except ValidationError as refusal:
            raise ValidationError({"file": refusal.messages}) from refusal

    return answer_form(
        request,
        TranscriptForm(posted(request), request.FILES or None),
        attach,
        said=lambda _made: _("The transcript is attached. Say whose words are the customer's."),
        then=lambda made: reverse("transcript_detail", args=[made.pk]),
        question=_("Interview with %(name)s") % {"name": interview.contact},
        heading=_("Attach a transcript"),
        about=_("You see what is in it before any word is taken."),
        crumbs=crumbs_of(interview),
        submit=_("Attach it"),
        cancel_url=reverse("interview_detail", args=[interview.pk]),
        multipart=True,
    )


def transcript_or_404(pk: int) -> Transcript:
    return get_object_or_404(Transcript.objects.select_related("interview__contact", "interview__customer"), pk=pk)


@require_http_methods(METHODS)
@specialists_only
def transcript_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    """Show who says what; take the words of those who are the customer's."""
    transcript = transcript_or_404(pk)
    read = read_transcript(kind=transcript.kind, content=bytes(transcript.content))
    form = SpeakersForm(read, posted(request))
    if form.is_bound and form.is_valid():
        try:
            count = take_words(transcript=transcript, speakers=form.chosen, now=timezone.now())
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            message = ngettext(
                "%(n)d verbatim was taken. It waits in the queue of words.",
                "%(n)d verbatims were taken. They wait in the queue of words.",
                count,
            )
            messages.success(request, message % {"n": count})
            return HttpResponseRedirect(reverse("transcript_detail", args=[pk]))
    taken = set(transcript.places.values_list("turn", flat=True))
    context = {
        "transcript": transcript,
        "interview": transcript.interview,
        "crumbs": crumbs_of(transcript.interview),
        "read": read,
        "turns": [(number, turn, number in taken) for number, turn in enumerate(read.turns[:SHOWN], start=1)],
        "more": max(len(read.turns) - SHOWN, 0),
        "taken": len(taken),
        "form": form,
    }
    return render(request, "interviews/transcript_detail.html", context, status=422 if form.errors else 200)


@require_safe
@specialists_only
def transcript_file(request: ProgramRequest, pk: int) -> HttpResponse:
    """Return the file as it came, to be saved and never shown as a page."""
    transcript = transcript_or_404(pk)
    answer = HttpResponse(bytes(transcript.content), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, transcript.file_name)
    return answer


@require_http_methods(METHODS)
@specialists_only
def transcript_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    transcript = transcript_or_404(pk)
    return answer_confirmation(
        request,
        lambda: remove_transcript(transcript=transcript),
        said=_("The transcript was deleted."),
        then=reverse("interview_detail", args=[transcript.interview_id]),
        question=_("Interview with %(name)s") % {"name": transcript.interview.contact},
        heading=_("Delete %(name)s?") % {"name": transcript.file_name},
        losses=[_("The file goes. No word of it was taken.")] if transcript.taken_at is None else [],
        crumbs=crumbs_of(transcript.interview),
        submit=_("Delete it"),
        cancel_url=reverse("transcript_detail", args=[pk]),
    )
