"""What import contracts cannot see: a foreign key names its model by a string, so it could point upwards unnoticed."""

import tomllib
from pathlib import Path

from django.apps import apps
from django.db.models import Field, Model

ROOT = Path(__file__).resolve().parents[2]


def ranks() -> dict[str, int]:
    """Return each room's floor, 0 at the bottom, from the one place that lists them: the import contract."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        room.strip().strip("()"): floor for floor, layer in enumerate(reversed(layers)) for room in layer.split("|")
    }


def relations(model: type[Model]) -> list[Field]:
    return [field for field in model._meta.get_fields() if field.is_relation and not field.auto_created]


def upward(rank: dict[str, int], models: list[type[Model]]) -> list[str]:
    """Return the relations that do not lead down: between rooms of one floor there is none either."""
    return sorted(
        f"{field} -> {field.related_model._meta.label}"
        for model in models
        if (own := model._meta.app_label) in rank
        for field in relations(model)
        if field.related_model and (to := field.related_model._meta.app_label) in rank
        if to != own and rank[to] >= rank[own]
    )


def test_foreign_keys_point_down() -> None:
    assert upward(ranks(), apps.get_models()) == []


def test_a_foreign_key_that_points_up_is_found() -> None:
    turned_over = {room: -floor for room, floor in ranks().items()}

    assert "interviews.Interview.customer -> customers.Customer" in upward(turned_over, apps.get_models())


def test_every_room_has_its_floor() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert rooms - {"tests", "benchmarks"} <= set(ranks())
