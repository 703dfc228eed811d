"""Every model is in the register of personal data: with its personal columns, or with the reason why it has none."""

from collections import Counter

import pytest
from django.apps import apps
from django.db.models import Field, GeneratedField, Model

from accounts.personal_data import Holding, holdings

# In these a text can stand. A column with choices holds one of them.
TEXT = {
    "CharField", "TextField", "EmailField", "JSONField", "BinaryField", "GenericIPAddressField", "SlugField",
    "FileField", "URLField",
}  # fmt: skip


def models() -> dict[str, type[Model]]:
    found = apps.get_models(include_auto_created=True)
    return {model._meta.label: model for model in found if not model._meta.proxy}


def holds_text(field: "Field[object, object]") -> bool:
    output = field.output_field if isinstance(field, GeneratedField) else field
    return output.get_internal_type() in TEXT and not field.choices and not field.is_relation


def faults(entered: list[Holding], known: dict[str, type[Model]]) -> list[str]:
    """Return what is wrong with the register: a model that is missing or twice, a column that nobody named."""
    counts = Counter(each.table for each in entered)
    found = [f"{label} is not in the register" for label in known if label not in counts]
    found += [f"{label} is there {count} times" for label, count in counts.items() if count > 1]
    found += [f"{label} is no model" for label in counts if label not in known]
    for each in entered:
        if each.table in known and not each.nothing:
            fields = known[each.table]._meta.concrete_fields
            named = [*each.contact, *each.user, *each.other]
            found += [f"{each.table}.{name} is no column" for name in set(named) - {field.name for field in fields}]
            found += [
                f"{each.table}.{field.name} is not named"
                for field in fields
                if holds_text(field) and field.name not in named
            ]
    return sorted(found)


def test_every_model_and_every_column_of_text_is_in_the_register() -> None:
    assert faults(list(holdings()), models()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda entered: entered[1:], "accounts.User is not in the register"),
        (lambda entered: [*entered, entered[0]], "accounts.User is there 2 times"),
        (lambda entered: [*entered, Holding("accounts.Nobody", nothing="none")], "accounts.Nobody is no model"),
        (lambda entered: [Holding("accounts.User", user=()), *entered[1:]], "accounts.User.password is not named"),
        (lambda entered: [Holding("accounts.User", user=("shoe",)), *entered[1:]], "accounts.User.shoe is no column"),
    ],
    ids=["missing", "twice", "no model", "a column left out", "no column"],
)  # fmt: skip
def test_what_is_missing_in_the_register_is_named(change, said) -> None:
    entered = sorted(holdings(), key=lambda each: each.table != "accounts.User")

    assert said in faults(change(entered), models())
