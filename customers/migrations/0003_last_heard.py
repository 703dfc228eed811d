from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_list_orders")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="last_heard_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="last heard"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["last_heard_on", "id"], name="customer_last_heard_id"),
        ),
    ]
