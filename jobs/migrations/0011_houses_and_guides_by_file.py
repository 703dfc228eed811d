from django.db import migrations, models

KINDS = [
    ("interviews", "Interviews"),
    ("measurements", "Measurements"),
    ("customers", "Customers and contacts"),
    ("requirements", "Requirements"),
    ("functions", "Functions"),
    ("metrics", "Metrics"),
    ("house", "House: who or what serves which requirement"),
    ("guides", "Guide"),
]


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_catalogue_files")]

    operations = [
        migrations.AlterField(
            model_name="columnmemory", name="kind", field=models.CharField(choices=KINDS, max_length=12)
        ),
        migrations.AlterField(
            model_name="fileimport", name="kind", field=models.CharField(choices=KINDS, max_length=12)
        ),
    ]
