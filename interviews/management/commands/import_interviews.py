from interviews.imports import import_interviews
from web.import_command import ImportCommand


class Command(ImportCommand):
    help = "Store the interviews of a CSV or XLSX file, all or none. docs/importing.md shows mappings."
    run = staticmethod(import_interviews)
