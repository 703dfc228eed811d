from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_search_text")]

    operations = [
        # Before the index of the reference alone goes: this one serves it, too.
        migrations.AddIndex(
            model_name="contact", index=models.Index(fields=["customer", "id"], name="contact_customer_id")
        ),
        migrations.AlterField(
            model_name="contact",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.PROTECT,
                related_name="contacts",
                to="customers.customer",
            ),
        ),
        migrations.AddIndex(
            model_name="contact", index=models.Index(fields=["position", "id"], name="contact_position_id")
        ),
        migrations.AddIndex(model_name="contact", index=models.Index(fields=["email", "id"], name="contact_email_id")),
        migrations.AddIndex(
            model_name="contact", index=models.Index(fields=["language", "id"], name="contact_language_id")
        ),
        migrations.AddIndex(
            model_name="contact", index=models.Index(fields=["consent_on", "id"], name="contact_consent_id")
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["is_active", "is_opted_out", "id"], name="contact_may_be_asked_id"),
        ),
    ]
