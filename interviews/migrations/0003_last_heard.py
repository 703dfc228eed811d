from django.db import migrations
from django.db.models import OuterRef, Q, Subquery


def fill(apps, schema_editor):
    """Write the day on which each customer was last heard, in an interview of its own or of one merged into it."""
    customers = apps.get_model("customers", "Customer").objects
    it_or_part_of_it = Q(pk=OuterRef("pk")) | Q(merged_into=OuterRef("pk"))
    heard = customers.filter(it_or_part_of_it, interviews__state="completed").order_by("-interviews__held_on")
    customers.update(last_heard_on=Subquery(heard.values("interviews__held_on")[:1]))


class Migration(migrations.Migration):
    dependencies = [("interviews", "0002_sampling_plans"), ("customers", "0003_last_heard")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
