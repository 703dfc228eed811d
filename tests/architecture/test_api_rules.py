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
    assert len(SHELVES) == 18
    assert len(VIEWSETS) == 73


@pytest.mark.parametrize("path", SHELVES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rows_come_from_selectors_that_know_who_asks(path: Path) -> None:
    managers = [node.lineno for node in ast.walk(ast.parse(path.read_text())) if getattr(node, "attr", "") == "objects"]

    assert managers == []


def writes(viewset: type) -> set[str]:
    verbs = {each.__name__ for each in viewset.get_extra_actions() if "get" not in each.mapping}
    return verbs | {name for name in ("create", "partial_update", "destroy") if hasattr(viewset, name)}


@pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda viewset: viewset.__name__)
def test_every_address_names_who_may_pass(viewset: type) -> None:
    doors = [viewset.permission_classes]
    doors += [viewset.writers] if writes(viewset) else []
    doors += [viewset.historians] if hasattr(viewset, "history") else []

    for classes in doors:
        assert classes
        assert all(issubclass(each, IsMember) for each in classes)
    # A door of its own would be passed over: reading and writing go through the doors above.
    assert all("permission_classes" not in each.kwargs for each in viewset.get_extra_actions())


@pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda viewset: viewset.__name__)
def test_every_action_describes_its_answer(viewset: type) -> None:
    actions = {name for name in ("list", "retrieve", "create", "partial_update") if hasattr(viewset, name)}
    actions |= {each.__name__ for each in viewset.get_extra_actions()}

    assert set(viewset.answers) == actions
    assert set(viewset.queries) <= actions
    assert set(viewset.bodies) <= writes(viewset)
    assert {name for name in ("create", "partial_update") if hasattr(viewset, name)} <= set(viewset.bodies)


def test_a_view_that_names_nobody_lets_nobody_in() -> None:
    assert issubclass(Nobody, BasePermission)
    assert not Nobody().has_permission(None, None)
