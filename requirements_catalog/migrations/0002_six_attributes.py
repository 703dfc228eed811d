from django.db import migrations

SIX = [
    ("ease-of-use", "Ease of use", "From plug and play to hand-holding: how little it takes to get the job done."),
    ("documentation", "Documentation", "What is written down, how current it is and whether it can be found."),
    ("defect-tolerance", "Defect tolerance", "How many defects, how often, with what impact, before it hurts."),
    ("service-and-support", "Service and support", "Being reached, being helped, and by whom."),
    (
        "internal-processes",
        "Internal processes",
        "Offers, orders, deliveries, invoices and deadlines as customers meet them.",
    ),
    ("compliance-and-audit", "Compliance and audit", "Rules kept, and papers that show it."),
]
RATING_SCALES = [
    ("1 to 10", 1, 10, 7),
    ("1 to 5", 1, 5, 4),
    ("0 to 10", 0, 10, 9),
    ("Importance 1 to 10", 1, 10, None),
    ("Importance 1 to 3", 1, 3, None),
]


def add_reference_data(apps, schema_editor):
    attribute, scale = (
        apps.get_model("requirements_catalog", "Attribute"),
        apps.get_model("requirements_catalog", "RatingScale"),
    )
    for position, (key, name, description) in enumerate(SIX, start=1):
        attribute.objects.update_or_create(
            key=key, defaults={"name": name, "description": description, "position": position, "is_core": True}
        )
    for name, minimum, maximum, satisfied_from in RATING_SCALES:
        scale.objects.get_or_create(
            name=name, version=1, defaults={"minimum": minimum, "maximum": maximum, "satisfied_from": satisfied_from}
        )


class Migration(migrations.Migration):
    dependencies = [("requirements_catalog", "0001_initial")]
    operations = [migrations.RunPython(add_reference_data, migrations.RunPython.noop)]
