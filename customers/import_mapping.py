"""What the columns of a file of customers mean."""

from typing import Any

import msgspec

from web.mappings import NOWHERE, From, ImportMapping, Source, source_of


class Columns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A section of the mapping."""

    def sources(self) -> dict[str, Source]:
        return {name: source_of(getattr(self, name)) for name in self.__struct_fields__}


class CustomerColumns(Columns, kw_only=True, frozen=True, forbid_unknown_fields=True):
    external_id: From
    name: From
    lifecycle: From = Source(value="current")
    lifecycle_since: From = NOWHERE
    industry: From = NOWHERE
    country: From = NOWHERE
    region: From = NOWHERE
    size: From = NOWHERE
    value_band: From = NOWHERE
    domain: From = NOWHERE
    products: From = NOWHERE
    products_since: From = NOWHERE


class ContactColumns(Columns, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A person at the customer of the row; a row without a name has none."""

    external_id: From
    name: From
    position: From = NOWHERE
    email: From = NOWHERE
    language: From = NOWHERE
    consent_on: From = NOWHERE
    consent_source: From = NOWHERE


class CustomerMapping(ImportMapping, kw_only=True, frozen=True, forbid_unknown_fields=True):
    customer: CustomerColumns
    contact: ContactColumns | None = None

    def named_sources(self) -> dict[str, Source]:
        """Return every source under its place in the mapping."""
        sections: dict[str, Any] = {"customer": self.customer, "contact": self.contact}
        return {
            f"{section}.{name}": source
            for section, columns in sections.items()
            if columns
            for name, source in columns.sources().items()
        }
