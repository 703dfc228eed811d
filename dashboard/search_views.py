from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.searching import LONGEST, search_program
from functions.access import ProgramRequest, members_only


@require_safe
@members_only
def search(request: ProgramRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    found = search_program(text=text, access=request.access)
    count = sum(len(kind.hits) for kind in found)
    context = {"searched": text, "found": found, "count": count, "more": any(kind.more for kind in found)}
    return render(request, "dashboard/search.html", context)
