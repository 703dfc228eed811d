"""What erasing a contact needs: a random key, and the day. Contacts of before have no key: theirs follows from the id."""

import uuid

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_contact_orders"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="key",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name="contact",
            name="key",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="erased_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="erased"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=Q(erased_on=None)
                | Q(email="", position="", external_id="", consent_source="", is_opted_out=True, is_active=False),
                name="contact_erased_is_nobody",
            ),
        ),
    ]
