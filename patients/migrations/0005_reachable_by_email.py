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
        migrations.AlterField(
            model_name='chartevent',
            name='verb',
            field=models.CharField(choices=[('OPENED', 'opened the chart'), ('REGISTERED', 'registered the patient'), ('CHANGED_DETAILS', 'changed contact or identifying details'), ('RECORDED_PROCEDURE', 'recorded the procedure'), ('RECORDED_BASELINE', 'recorded the baseline'), ('RECORDED_SELECTION', 'recorded the selection criteria'), ('OVERRODE_SELECTION', 'went ahead although selection criteria were not met'), ('RECORDED_OBSERVATION', 'logged an observation'), ('CORRECTED_OBSERVATION', 'corrected an observation'), ('RAISED_FLAG', 'a flag was raised'), ('ACKNOWLEDGED', 'acknowledged'), ('MOVED_IMAGING_TASK', 'moved the imaging task on'), ('CLOSED_FLAG', 'closed a flag'), ('WAIVED_SLOT', 'waived a due check'), ('DISCHARGED', 'ended ward monitoring'), ('RECORDED_OUTCOME', 'recorded outcome scores'), ('CORRECTED_OUTCOME', 'corrected outcome scores'), ('RECORDED_BONE_HEALTH', 'recorded bone health'), ('CORRECTED_BONE_HEALTH', 'corrected bone health'), ('RAISED_BONE_HEALTH_TASK', 'a bone-health gap opened or became graver'), ('HANDLED_CONTACT', 'handled a follow-up contact'), ('CLOSED_BONE_HEALTH_TASK', 'closed a bone-health gap')], max_length=30),
        ),
    ]
