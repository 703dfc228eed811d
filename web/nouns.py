"""One shape for every noun of the API: a list, one record, and, where the noun has them, creating, changing, deleting
and its history. A noun is a short declaration:

class ProductViewSet(Creating, Changing, NounViewSet):
    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    queries: ClassVar = {"list": ProductQuery}
    bodies: ClassVar = {"create": NewProduct, "partial_update": ChangedProduct}
    answers: ClassVar = answers_of(ProductSerializer, "create", "partial_update")

    def rows(self): ...                      which records the caller may see
    def create_record(self, data): ...       one service call each
    def change_record(self, record, data): ...

Answers are read as plain columns and written by orjson; the serializers of `answers` only say which columns.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from http import HTTPStatus
from typing import Any, ClassVar, cast

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.pulling import note_pull
from web.api_views import ApiViewSet
from web.bodies import LARGEST_ID, NoBody
from web.etags import check_is_read, etag_of, has_already, not_modified, stamp, tags_in_if_match
from web.history import ChangeSerializer, changes_of
from web.paging import (
    CursorPageSerializer,
    PageQuery,
    bad_cursor,
    cursor_after,
    keys_in_cursor,
    page_of,
    pages_of,
)
from web.problems import ProblemError, errors_in, invalid
from web.repeats import answered_once, written

CONTROLS = frozenset({"page", "page_size", "ordering", "search", "cursor"})
LONGEST_SEARCH = 200
Form = dict[str, Any]


# ---- Parameters of lists


def ordering(*names: str) -> serializers.ChoiceField:
    """The fields that a list can be sorted by; the first one is the default, and ids decide between equals."""
    choices = [sign + name.removeprefix("-") for name in names for sign in ("", "-")]
    return serializers.ChoiceField(choices=choices, default=names[0], help_text="'-' turns it round.")


class SearchQuery(PageQuery):
    search = serializers.CharField(
        required=False, max_length=LONGEST_SEARCH, help_text="Every word has to occur, in any of the searched fields."
    )


def id_filter(what: str, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, help_text=f"{what} id.", **options
    )


def narrowed(rows: QuerySet[Any], query: Mapping[str, Any], searched: Iterable[str]) -> QuerySet[Any]:
    """Return the rows that the parameters ask for; a filter's `source` is the look-up that it makes."""
    wanted = {name: value for name, value in query.items() if name not in CONTROLS}
    across = {name: wanted.pop(name) for name in list(wanted) if "__" in name}
    rows = rows.filter(**wanted)
    if across:
        # Asked inside: joined, a record would come once for each row on the other side.
        rows = rows.filter(pk__in=rows.order_by().filter(**across).values("pk"))
    for word in query.get("search", "").split():
        rows = rows.filter(_any_holds(searched, word))
    return rows.order_by(query["ordering"], "pk") if "ordering" in query else rows


def _any_holds(searched: Iterable[str], word: str) -> Q:
    found = Q()
    for name in searched:
        found |= Q(**{f"{name}__icontains": word})
    return found


# ---- Records as plain columns


NESTED_LISTS = (serializers.ListSerializer, serializers.ManyRelatedField, serializers.ListField)
Described = type[serializers.Serializer[Any]]


@cache
def columns_of(described: Described) -> tuple[dict[str, str], frozenset[str]]:
    """Return the column behind each plain member of an answer, and which of them are written as floats.

    A member of an object inside is called object__member; `folded` makes the object.
    """
    columns: dict[str, str] = {}
    floats: set[str] = set()
    for name, member in described().fields.items():
        path = (member.source or name).replace(".", "__")
        if isinstance(member, serializers.Serializer):
            inner, inner_floats = columns_of(type(member))
            prefix = "" if path == "*" else f"{path}__"
            columns |= {f"{name}__{each}": f"{prefix}{column}" for each, column in inner.items()}
            floats |= {f"{name}__{each}" for each in inner_floats}
        elif not isinstance(member, NESTED_LISTS):
            columns[name] = path
            floats |= {name} if isinstance(member, serializers.FloatField) else set()
    return columns, frozenset(floats)


def plain_forms(rows: Any, described: Described) -> list[Form]:
    columns, floats = columns_of(described)
    names = tuple(columns)
    forms = [dict(zip(names, row, strict=True)) for row in rows.values_list(*columns.values())]
    for name in floats:
        for form in forms:
            form[name] = None if form[name] is None else float(form[name])
    return forms


def folded(form: Form, described: Described) -> Form:
    """Return a form with its members in the order of the description, and its objects put together.

    An object whose members are all null is null.
    """
    found: Form = {}
    for name, member in described().fields.items():
        if isinstance(member, serializers.Serializer):
            inner = {each: form[f"{name}__{each}"] for each in columns_of(type(member))[0]}
            found[name] = inner if any(value is not None for value in inner.values()) else None
        else:
            found[name] = form[name]
    return found


def added(forms: list[Form], name: str, pairs: Iterable[tuple[int, Any]]) -> None:
    """Hang lists on records: `pairs` are (id of the record, one entry)."""
    by_id: dict[int, list[Any]] = {form["id"]: form.setdefault(name, []) for form in forms}
    for key, entry in pairs:
        by_id[key].append(entry)


Answers = dict[str, type[serializers.BaseSerializer[Any]]]
HISTORY = pages_of(ChangeSerializer, CursorPageSerializer)


def answers_of(one: type[serializers.Serializer[Any]], *actions: str) -> Answers:
    """Return the answers of a noun: its page, one record, and what else it does; verbs answer the record."""
    return {"list": pages_of(one), "retrieve": one} | {name: HISTORY if name == "history" else one for name in actions}


# ---- Errors


def inside(name: str, error: ValidationError, members: Iterable[str]) -> Exception:
    """Return the errors of a service with those about an object of the body placed inside it."""
    if not hasattr(error, "error_dict"):
        return error
    found = errors_in(error)
    return ProblemError(
        invalid([replace(each, path=(name, *each.path)) if {*each.path[:1]} & {*members} else each for each in found])
    )


# ---- The shape


class NounViewSet(ApiViewSet):
    """List and single view; `rows` says which records the caller may see, all others do not exist."""

    queries: ClassVar = {"list": PageQuery}
    searched: ClassVar[tuple[str, ...]] = ()
    # What a list about people is called in the audit trail, where machines that read it are noted.
    noted_as: ClassVar[str] = ""

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        """Return records as the API writes them; a noun with lists inside adds them here."""
        return plain_forms(rows, cast("type[serializers.Serializer[Any]]", self.answers["retrieve"]))

    def list(self, request: Request) -> HttpResponse:
        page, envelope = page_of(narrowed(self.rows(), self.query, self.searched), self.query, request)
        if self.noted_as:
            note_pull(auth=request.auth, name=self.noted_as, count=envelope["count"], now=timezone.now())
        return self.kept(request, {**envelope, "results": self.forms(cast("QuerySet[Any]", page))})

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return self.kept(request, self.form_of(int(pk)))

    def kept(self, request: Request, form: Form) -> HttpResponse:
        """Answer what was read with its tag, or 304 to a caller who has it already."""
        body = written(form)
        etag = self.tag_of(body)
        return not_modified(etag) if has_already(request, etag) else self.answer(body, etag)

    def answer(self, body: bytes, etag: str, status: int = 200) -> HttpResponse:
        response = HttpResponse(body, content_type="application/json", status=status)
        stamp(response, etag)
        return response

    def form_of(self, pk: int) -> Form:
        """Return one record as the API writes it; 404 if the caller may not see it."""
        for form in self.forms(self.rows().filter(pk=pk)):
            return form
        raise Http404

    def record_of(self, pk: str) -> Any:
        return get_object_or_404(self.rows(), pk=int(pk))

    def tag_of(self, body: bytes) -> str:
        return etag_of(self.basename, body)

    # ---- Writing

    def act(self, request: Request, act: Callable[[], Form], *, status: int = 200) -> HttpResponse:
        """Answer a POST: what it writes commits as a whole, and is written once per Idempotency-Key."""
        # Read before the transaction begins: a slow sender keeps nobody waiting.
        _ = request.data
        body, is_repeat = answered_once(request, cast("User", request.user), act, now=timezone.now())
        response = self.answer(body, self.tag_of(body), status)
        if is_repeat:
            response.headers["Idempotent-Replayed"] = "true"
        if status == HTTPStatus.CREATED:
            address = f"{request.path}{orjson.loads(body)['id']}/"
            response.headers["Location"] = request.build_absolute_uri(address)
        return response

    def act_later(self, request: Request, act: Callable[[], Form]) -> HttpResponse:
        """Answer a POST that a job does: it is begun once per Idempotency-Key; `act` returns the job."""
        _ = request.data
        answer, is_repeat = answered_once(request, cast("User", request.user), act, now=timezone.now())
        return self.accepted(request, answer, is_repeat=is_repeat)

    def accepted(self, request: Request, answer: bytes, *, is_repeat: bool) -> HttpResponse:
        """Answer 202 with the job that does what was asked for, and its address."""
        response = HttpResponse(answer, content_type="application/json", status=HTTPStatus.ACCEPTED)
        response.headers["Location"] = request.build_absolute_uri(f"/api/v1/jobs/{orjson.loads(answer)['id']}/")
        if is_repeat:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    def do(self, request: Request, pk: str, deed: Callable[[Any, dict[str, Any]], object]) -> HttpResponse:
        """Answer a verb: do it to a record that the caller may see, and answer the record as it is then."""

        def act() -> Form:
            record = self.record_of(pk)
            deed(record, self.body(request))
            return self.form_of(record.pk)

        self.record_of(pk)
        return self.act(request, act)

    def body(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """Return what was sent, checked against the fields that this action takes."""
        kind = self.bodies.get(self.action or "", NoBody)
        sent = kind(data=request.data, partial=partial, context={"access": self.access})
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)

    def locked(self, pk: int, tags: frozenset[str]) -> Any:
        """Return a record that nobody else changes before this transaction ends, if it is what the caller read."""
        model: type[Model] = self.rows().model
        list(model._base_manager.select_for_update().filter(pk=pk).order_by("pk").values_list("pk"))  # noqa: SLF001  # documented
        check_is_read(tags, self.tag_of(written(self.form_of(pk))))
        return self.rows().get(pk=pk)

    @cached_property
    def today(self) -> date:
        """The day in the program's time zone, whoever asks: with a session or with a token."""
        day: date = self.day_of(timezone.now())
        return day


class Creating:
    """POST to the list: a new record, 201 with its address."""

    def create_record(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def create(self: Any, request: Request) -> HttpResponse:
        def act() -> Form:
            form: Form = self.form_of(self.create_record(self.body(request)).pk)
            return form

        response: HttpResponse = self.act(request, act, status=HTTPStatus.CREATED)
        return response


class Changing:
    """PATCH: only what is sent changes, and only if the caller has read what is there (If-Match)."""

    def change_record(self, record: Any, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def partial_update(self: Any, request: Request, pk: str) -> HttpResponse:
        self.record_of(pk)
        tags = tags_in_if_match(request)
        # Read before the lock is taken: a slow sender keeps nobody waiting.
        _ = request.data
        with transaction.atomic():
            record = self.locked(int(pk), tags)
            self.change_record(record, self.body(request, partial=True))
            body = written(self.form_of(int(pk)))
        response: HttpResponse = self.answer(body, self.tag_of(body))
        return response


class Deleting:
    """DELETE: for entries that were never true; what has evidence on it is ended by a verb of its own instead."""

    def delete_record(self, record: Any) -> None:
        raise NotImplementedError

    def destroy(self: Any, request: Request, pk: str) -> Response:
        self.record_of(pk)
        tags = tags_in_if_match(request)
        with transaction.atomic():
            self.delete_record(self.locked(int(pk), tags))
        return Response(status=HTTPStatus.NO_CONTENT)


class Remembering:
    """GET {id}/history/: every saved change, newest first."""

    @action(detail=True)
    def history(self: Any, request: Request, pk: str) -> Response:
        """What the record said before, by whom and when it was changed; newest first, by cursor."""
        place = place_in(self.query.get("cursor"))
        results, following = changes_of(self.record_of(pk), before=place, count=self.query["page_size"])
        address = None if following is None else cursor_after(request, following)
        return Response({"next": address, "results": results})


def place_in(cursor: str | None) -> int | None:
    """Return the id behind which a page begins."""
    if cursor is None:
        return None
    (last,) = keys_in_cursor(cursor, 1)
    if isinstance(last, bool) or not isinstance(last, int) or not 0 < last < 2**63:
        raise bad_cursor()
    return last
