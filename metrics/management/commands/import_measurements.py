from metrics.imports import import_measurements
from web.import_command import ImportCommand


class Command(ImportCommand):
    help = "Store the measurements of a CSV or XLSX file, all or none. docs/importing.md shows mappings."
    run = staticmethod(import_measurements)
