"""Escalations get the hop that they chase; what was acknowledged before is chased from now on too.

The figures are those of the defaults when this was written, whatever they become later.
"""

from datetime import UTC, datetime, timedelta

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

_CLOSED_TASK = ("completed", "cancelled")
_HOP_OF_STATE = {
    "requested": "ORDER", "received": "ORDER", "accepted": "PERFORM", "in-progress": "REPORT", "reported": "DECIDE",
}
# Minutes: from one step to the next, and until a flag without a scan is closed.
_REPEAT = {"EMERGENT_NEURO": 15, "EMERGENT_CARDIO": 5, "URGENT": 30, "AMBER_WARD": 60, "AMBER_HOME": 240}
_CLOSE = {"EMERGENT_NEURO": 240, "EMERGENT_CARDIO": 60, "URGENT": 360, "AMBER_WARD": 60, "AMBER_HOME": 240}


def fill_in_hops(apps, schema_editor):
    """Every escalation so far chased an acknowledgement."""
    Escalation = apps.get_model("followup", "Escalation")
    tasks = apps.get_model("followup", "ImagingTask").objects.filter(pk=OuterRef("imaging_task"))
    flags = apps.get_model("followup", "RedFlag").objects.filter(pk=OuterRef("red_flag"))
    Escalation.objects.update(
        target_at=Coalesce(
            Subquery(tasks.values("acknowledge_by")[:1]), Subquery(flags.values("acknowledge_by")[:1]), F("started_at")
        )
    )
    emergent = Escalation.objects.filter(Q(imaging_task__severity="EMERGENT") | Q(red_flag__severity="EMERGENT"))
    amber = Escalation.objects.filter(red_flag__severity="AMBER")
    emergent.update(key="EMERGENT_NEURO")
    emergent.filter(ladder__repeat_every_seconds__lte=300).update(key="EMERGENT_CARDIO")
    amber.update(key="AMBER_WARD")
    amber.filter(ladder__repeat_every_seconds__gt=3600).update(key="AMBER_HOME")


def start_later_hops(apps, schema_editor):
    Escalation = apps.get_model("followup", "Escalation")
    live = Escalation.objects.filter(stopped_at__isnull=True)
    tasks = apps.get_model("followup", "ImagingTask").objects.exclude(state__in=_CLOSED_TASK)
    for task in tasks.filter(acknowledged_at__isnull=False).exclude(pk__in=live.values("imaging_task").exclude(imaging_task=None)):
        last = task.hops.filter(by__isnull=False).order_by("-at").first()
        hop, since = _HOP_OF_STATE[task.state], last.at if last else task.acknowledged_at
        key = _key(task.severity, _categories_of(task), task.pk, "imaging_task", Escalation)
        minutes = _REPEAT[key] if hop == "ORDER" else 60
        target_at = task.due_at if hop == "PERFORM" else since + timedelta(minutes=minutes)
        _start(Escalation, key, hop, since, target_at, imaging_task=task)
    flags = apps.get_model("followup", "RedFlag").objects.filter(state="ACKNOWLEDGED").exclude(severity="INFO")
    alone = flags.filter(Q(imaging_task__isnull=True) | Q(imaging_task__state__in=_CLOSED_TASK))
    for flag in alone.exclude(pk__in=live.values("red_flag").exclude(red_flag=None)):
        key = _key(flag.severity, {flag.category}, flag.pk, "red_flag", Escalation)
        since = flag.acknowledged_at
        _start(Escalation, key, "CLOSE", since, since + timedelta(minutes=_CLOSE[key]), red_flag=flag)
    # Else the database refuses to change the table later in the same transaction.
    schema_editor.connection.check_constraints()


def _categories_of(task):
    return set(task.red_flags.values_list("category", flat=True))


def _key(severity, categories, subject, column, Escalation):
    earlier = Escalation.objects.filter(**{f"{column}_id": subject}).order_by("-started_at", "-pk").first()
    if earlier:
        return earlier.key
    if severity == "EMERGENT":
        return "EMERGENT_NEURO" if categories <= {"NEURO", "PAIN"} else "EMERGENT_CARDIO"
    return "URGENT" if severity == "URGENT" else "AMBER_WARD"


def _start(Escalation, key, hop, started_at, target_at, **subject):
    wait = _REPEAT[key] * 60.0
    if key.startswith("AMBER"):
        rungs = [("CHARGE_NURSE", 0.0), ("ON_CALL_PHYSICIAN", wait)]
    else:
        nurse = [] if key == "URGENT" else [("CHARGE_NURSE", 0.0)]
        rungs = [("ON_CALL_PHYSICIAN", 0.0), *nurse, ("BACKUP_PHYSICIAN", wait), ("SERVICE_LEAD", 2 * wait)]
    targets = {"CLOSE": _CLOSE[key] * 60.0}
    if not key.startswith("AMBER"):
        targets |= {"ORDER": wait, "REPORT": 3600.0, "DECIDE": 3600.0}
    Escalation.objects.create(
        key=key,
        hop=hop,
        ladder={
            "rungs": [
                {"role": role, "after_seconds": after, "channel": "EMAIL", "person": None} for role, after in rungs
            ],
            "repeat_every_seconds": wait,
            "targets_seconds": targets,
        },
        started_at=started_at,
        target_at=target_at,
        next_due_at=max(started_at, target_at),
        **subject,
    )


def stop_later_hops(apps, schema_editor):
    """The release before knows only the first hop, and rungs of a role and a time."""
    Escalation = apps.get_model("followup", "Escalation")
    live = Escalation.objects.filter(stopped_at__isnull=True)
    live.exclude(hop="ACKNOWLEDGE").update(stopped_at=Now(), next_due_at=None, stopped_because="an older release")
    for escalation in live.filter(hop="ACKNOWLEDGE"):
        rungs = escalation.ladder["rungs"]
        escalation.ladder["rungs"] = [
            [rung["role"], rung["after_seconds"]] if isinstance(rung, dict) else rung for rung in rungs
        ]
        escalation.save(update_fields=["ladder"])
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):

    dependencies = [
        ('followup', '0010_watchdog'),
        ('staff', '0002_rota'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='escalation',
            name='hop',
            field=models.CharField(choices=[('ACKNOWLEDGE', 'acknowledge'), ('ORDER', 'order the scan'), ('PERFORM', 'perform the scan'), ('REPORT', 'report the scan'), ('DECIDE', 'decide'), ('CLOSE', 'close the flag')], default='ACKNOWLEDGE', max_length=12),
        ),
        migrations.AddField(
            model_name='escalation',
            name='key',
            field=models.CharField(choices=[('EMERGENT_NEURO', 'Emergent: nerves, pain'), ('EMERGENT_CARDIO', 'Emergent: heart, lung, others'), ('URGENT', 'Urgent'), ('AMBER_WARD', 'Amber, patient in hospital'), ('AMBER_HOME', 'Amber, patient at home')], default='URGENT', max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='escalation',
            name='nobody_left_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='escalation',
            name='target_at',
            field=models.DateTimeField(default=datetime(1970, 1, 1, tzinfo=UTC), help_text='The hop is to be made by then; a later hop is chased from then on.'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='channel',
            field=models.CharField(choices=[('EMAIL', 'E-mail'), ('PHONE', 'Phone'), ('BOARD_ONLY', 'Board only')], default='EMAIL', max_length=10),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='EscalationNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('escalation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='followup.escalation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('escalation', 'by'), name='one_note_an_escalation_and_person')],
            },
        ),
        migrations.CreateModel(
            name='SiteLadder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(choices=[('EMERGENT_NEURO', 'Emergent: nerves, pain'), ('EMERGENT_CARDIO', 'Emergent: heart, lung, others'), ('URGENT', 'Urgent'), ('AMBER_WARD', 'Amber, patient in hospital'), ('AMBER_HOME', 'Amber, patient at home')], max_length=16)),
                ('number', models.PositiveIntegerField()),
                ('ladder', models.JSONField(blank=True, null=True)),
                ('reason', models.TextField(max_length=1000)),
                ('made_at', models.DateTimeField()),
                ('form_token', models.UUIDField(help_text='One opened form makes one version, however often it is sent.', unique=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ladders', to='staff.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'key', 'number'), name='one_ladder_a_site_key_and_number')],
            },
        ),
        migrations.RunPython(fill_in_hops, migrations.RunPython.noop),
        migrations.RunPython(start_later_hops, stop_later_hops),
    ]
