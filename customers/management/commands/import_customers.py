from customers.imports import import_customers
from web.import_command import ImportCommand


class Command(ImportCommand):
    help = "Add and change the customers of a CSV or XLSX file, all or none. docs/importing.md shows mappings."
    run = staticmethod(import_customers)
