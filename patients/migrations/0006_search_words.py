from django.conf import settings
from django.db import migrations, models

from patients.search_words import search_words


def fill(apps, schema_editor):
    patients = apps.get_model("patients", "Patient")
    some = []
    for patient in patients.objects.only("family_name", "given_name").iterator(chunk_size=1000):
        patient.search_words = search_words(patient.family_name, patient.given_name)
        some.append(patient)
    patients.objects.bulk_update(some, ["search_words"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0005_reachable_by_email"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="search_words",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddIndex(
            model_name="chartevent",
            index=models.Index(
                condition=models.Q(("verb", "OPENED")), fields=["by", "at"], name="chart_opened_by_person"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
