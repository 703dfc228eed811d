import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.personal_data import outlook_for
from customers.erasing import erase_contact, take_along_contact
from customers.models import Contact
from functions.selectors import program_day


class Command(BaseCommand):
    help = "Tell a contact everything that is kept of the person, say what erasing would do, or erase the person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("export", "outlook", "erase"))
        parser.add_argument("contact", type=int, help="the contact's number: it stands in the address of the page")
        parser.add_argument("--reason", default="", help="why, and how you know who asks; kept, so without a name")

    def handle(self, *, what: str, contact: int, reason: str, **options: Any) -> None:
        found = Contact.objects.filter(pk=contact, erased_on=None).first()
        if found is None:
            raise CommandError(f"There is no contact {contact}, or the person was erased.")
        if what != "outlook" and not reason.strip():
            raise CommandError("Say why by --reason: it goes into the audit trail.")
        try:
            getattr(self, f"_{what}")(found, reason)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None

    def _export(self, contact: Contact, reason: str) -> None:
        told = take_along_contact(contact=contact, reason=reason, now=timezone.now())
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))

    def _outlook(self, contact: Contact, _reason: str) -> None:
        found = outlook_for(contact.pk)
        for heading, sentences in (("Goes:", found.goes), ("Stays:", found.stays)):
            self.stdout.write("\n".join([heading, *(f"- {sentence}" for sentence in sentences)]))

    def _erase(self, contact: Contact, reason: str) -> None:
        now = timezone.now()
        erase_contact(contact=contact, reason=reason, now=now, today=program_day(now))
        self.stdout.write(f"Contact {contact.pk} is erased.")
