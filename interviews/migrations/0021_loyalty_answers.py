import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("importance", "importance"),
    ("level", "required level"),
    ("perception", "expected and perceived"),
    ("kano", "Kano pair"),
    ("points", "100 points"),
    ("nps", "would recommend (NPS)"),
    ("csat", "satisfied overall (CSAT)"),
    ("ces", "made it easy (CES)"),
    ("open", "open"),
    ("objective", "objective and outcome"),
    ("uniqueness", "uniqueness of use"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("interviews", "0020_pairs_of_words"),
        ("requirements_catalog", "0004_versions_and_approval"),
    ]

    operations = [
        migrations.AlterField(
            model_name="guidequestion",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10, verbose_name="kind"),
        ),
        migrations.CreateModel(
            name="LoyaltyAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "measure",
                    models.CharField(
                        choices=[("nps", "NPS"), ("csat", "CSAT"), ("ces", "CES")],
                        max_length=4,
                        verbose_name="measure",
                    ),
                ),
                ("state", models.PositiveSmallIntegerField(default=0)),
                ("rating", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="rating")),
                (
                    "interview",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="loyalty_answers",
                        to="interviews.interview",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loyalty_answers",
                        to="requirements_catalog.product",
                    ),
                ),
            ],
            options={"ordering": ("interview", "id")},
        ),
        migrations.AddConstraint(
            model_name="loyaltyanswer",
            constraint=models.UniqueConstraint(
                fields=("interview", "product", "measure"), name="loyalty_answer_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="loyaltyanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(measure="nps", rating__range=(0, 10), state=0)
                | models.Q(measure="csat", rating__range=(1, 5), state=0)
                | models.Q(measure="ces", rating__range=(1, 7), state=0)
                | models.Q(measure__in=("nps", "csat", "ces"), rating=None, state__in=(1, 2, 3)),
                name="loyalty_answer_on_its_scale_or_not",
            ),
        ),
    ]
