"""Rules of the API's code that no linter knows."""

import ast
from pathlib import Path

import pytest
from rest_framework.permissions import BasePermission

from functions.permissions import IsMember
from quality_program.api import router
from quality_program.permissions import Nobody

ROOT = Path(__file__).resolve().parents[2]
SHELVES = sorted(path for name in ("viewsets", "serializers") for path in ROOT.glob(f"*/{name}.py"))
VIEWSETS = [viewset for _, viewset, _ in router.registry]


def test_there_is_something_to_look_at() -> None:
    assert len(SHELVES) == 8
    assert len(VIEWSETS) == 9


@pytest.mark.parametrize("path", SHELVES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rows_come_from_selectors_that_know_who_asks(path: Path) -> None:
    managers = [node.lineno for node in ast.walk(ast.parse(path.read_text())) if getattr(node, "attr", "") == "objects"]

    assert managers == []


@pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda viewset: viewset.__name__)
def test_every_address_names_who_may_pass(viewset: type) -> None:
    actions = [viewset, *viewset.get_extra_actions()]
    permissions = [
        getattr(each, "kwargs", {}).get("permission_classes", viewset.permission_classes) for each in actions
    ]

    for classes in permissions:
        assert classes
        assert all(issubclass(each, IsMember) for each in classes)


@pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda viewset: viewset.__name__)
def test_every_action_describes_its_answer(viewset: type) -> None:
    actions = {name for name in ("list", "retrieve", "create") if hasattr(viewset, name)}
    actions |= {each.__name__ for each in viewset.get_extra_actions()}

    assert set(viewset.answers) == actions
    assert set(viewset.queries) <= actions


def test_a_view_that_names_nobody_lets_nobody_in() -> None:
    assert issubclass(Nobody, BasePermission)
    assert not Nobody().has_permission(None, None)
