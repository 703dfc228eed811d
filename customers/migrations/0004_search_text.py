from django.db import migrations, models
from django.db.models.functions import Concat, Upper


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_last_heard")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="search_text",
            field=models.GeneratedField(db_persist=True, expression=Upper("name"), output_field=models.TextField()),
        ),
        migrations.AddField(
            model_name="contact",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=Upper(Concat("name", models.Value(" "), "email", output_field=models.TextField())),
                output_field=models.TextField(),
            ),
        ),
    ]
