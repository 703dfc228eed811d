"""The program as administrators set it up and change it: one form, one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from functions.models import Function, Program
from functions.services import create_function, set_up_program, update_program
from requirements_catalog.models import Product
from requirements_catalog.services import change_half_life, create_product


@transaction.atomic
def set_up(*, name: str, time_zone: str, currency: str, products: Sequence[str], functions: Sequence[str]) -> Program:
    """Set up the program with what it is about and who is on its circle; all or nothing.

    A product or function that is there already, from an earlier example for instance, is kept.
    """
    program = set_up_program(name=name, time_zone=time_zone, currency=currency)
    add_missing("products", products, Product.objects.values_list("name", flat=True), create_product)
    add_missing("functions", functions, Function.objects.values_list("name", flat=True), create_function)
    return program


def add_missing(field: str, names: Sequence[str], there: Iterable[str], create: Callable[..., object]) -> None:
    """Create what is not there yet; raises ValidationError that names the field and the line."""
    known = set(there)
    for name in (each for each in dict.fromkeys(names) if each not in known):
        try:
            create(name=name)
        except ValidationError as error:
            message, params = _("'%(name)s': %(problem)s"), {"name": name, "problem": " ".join(error.messages)}
            raise ValidationError({field: ValidationError(message, code="line", params=params)}) from error


@transaction.atomic
def change_program(*, changes: Mapping[str, Any]) -> Program:
    """Change the program's settings; another half-life marks every requirement that follows it."""
    others = {name: value for name, value in changes.items() if name != "half_life_months"}
    program = update_program(changes=others)
    return change_half_life(months=changes["half_life_months"]) if "half_life_months" in changes else program
