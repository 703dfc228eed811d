import django.db.models.deletion
from django.db import migrations, models

METRIC, EVERY_DAY = 4, 0


def mark(apps, schema_editor):
    """The next drain sums the days of the measurements that are there."""
    metrics = apps.get_model("metrics", "Metric").objects.order_by("pk").values_list("pk", flat=True)
    marker = apps.get_model("jobs", "Marker")
    marker.objects.bulk_create(marker(kind=METRIC, key1=metric, key2=EVERY_DAY) for metric in metrics)


class Migration(migrations.Migration):
    needs_downtime = "workers of the release before take the markers of days without summing these"

    dependencies = [
        ("jobs", "0010_catalogue_files"),
        ("metrics", "0020_measurement_sources"),
    ]

    operations = [
        migrations.CreateModel(
            name="DaySum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_end", models.DateField()),
                ("part", models.CharField(blank=True, max_length=20)),
                ("sums", models.TextField()),
                (
                    "metric",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="metrics.metric",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("metric", "period_end", "part"), name="day_sum_once")
                ],
            },
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
