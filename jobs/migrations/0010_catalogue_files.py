from django.db import migrations, models

KINDS = [
    ("interviews", "Interviews"),
    ("measurements", "Measurements"),
    ("customers", "Customers and contacts"),
    ("requirements", "Requirements"),
    ("functions", "Functions"),
    ("metrics", "Metrics"),
]


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_outbox")]

    operations = [
        migrations.AlterField(
            model_name="columnmemory", name="kind", field=models.CharField(choices=KINDS, max_length=12)
        ),
        migrations.AlterField(
            model_name="fileimport", name="kind", field=models.CharField(choices=KINDS, max_length=12)
        ),
    ]
