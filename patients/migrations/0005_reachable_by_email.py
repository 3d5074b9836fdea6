import uuid

from django.db import migrations, models


def give_each_its_own(apps, schema_editor):
    """A default of the column would be one value for all rows."""
    consents = apps.get_model("patients", "EmailConsent").objects
    for consent in consents.filter(public_id__isnull=True).iterator():
        consents.filter(pk=consent.pk).update(public_id=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_selection_verbs")]

    operations = [
        migrations.AddField(
            "emailconsent",
            "bounced_at",
            models.DateTimeField(blank=True, help_text="The address turned out to be unreachable.", null=True),
        ),
        migrations.AddField("emailconsent", "public_id", models.UUIDField(editable=False, null=True)),
        migrations.RunPython(give_each_its_own, migrations.RunPython.noop),
        migrations.AlterField(
            "emailconsent", "public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
    ]
