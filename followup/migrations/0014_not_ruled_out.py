"""How many rules the last observation left open: a column of the board, filled here for the lines that there are."""

from django.db import migrations, models


def fill(apps, schema_editor):
    statuses = apps.get_model("followup", "MonitoringStatus").objects.using(schema_editor.connection.alias)
    measured = statuses.filter(last_observation__isnull=False).select_related("last_observation")
    for status in measured.iterator(chunk_size=500):
        status.not_ruled_out = len(status.last_observation.undecided)
        status.save(update_fields=["not_ruled_out"])


class Migration(migrations.Migration):

    dependencies = [
        ("followup", "0013_handover"),
    ]

    operations = [
        migrations.AddField(
            model_name="monitoringstatus",
            name="not_ruled_out",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
