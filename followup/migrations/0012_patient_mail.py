from datetime import timedelta

import django.db.models.deletion
import followup.contact_states
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


def remind_of_what_waits(apps, schema_editor):
    """From the day before each contact on; the job knows quiet hours and what came too late."""
    contacts = apps.get_model("followup", "FollowUpContact").objects
    waiting = contacts.filter(state__in=["PLANNED", "INVITED"], window_closes_at__gt=Now()).exclude(mode="WARD")
    for contact in waiting.iterator():
        contacts.filter(pk=contact.pk).update(next_reminder_at=contact.due_at - timedelta(hours=24))


class Migration(migrations.Migration):

    dependencies = [
        ('followup', '0011_ladders'),
        ('patients', '0005_reachable_by_email'),
        ('procedures', '0004_selection_and_fracture'),
        ('staff', '0003_calendar_entries'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='followupcontact',
            name='next_reminder_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='followupcontact',
            name='reminders_done',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='outgoingemail',
            name='contact',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='emails', to='followup.followupcontact'),
        ),
        migrations.AddField(
            model_name='outgoingemail',
            name='occurrence',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='outgoingemail',
            name='patient',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
        ),
        migrations.RunPython(remind_of_what_waits, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='calltask',
            name='kind',
            field=models.CharField(choices=[('CALL_SAME_DAY', 'call the same day'), ('CALL_IN_24_H', 'call within 24 h'), ('CALL_IN_48_H_THEN_LETTER', 'call within 48 h, then a letter'), ('CALL', 'call'), ('NOTHING', 'no call is asked for'), ('NO_EMAIL', 'call: no e-mail may be sent'), ('EMAIL_FAILED', 'call: the e-mail did not arrive'), ('EMAIL_TOO_LATE', 'call: the reminder is more than a day late')], max_length=25),
        ),
        migrations.AlterField(
            model_name='outgoingemail',
            name='escalation_step',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='emails', to='followup.escalationstep'),
        ),
        migrations.AlterField(
            model_name='outgoingemail',
            name='purpose',
            field=models.CharField(choices=[('URGENT_ITEM', 'An urgent item needs review'), ('ITEM_TO_CHECK', 'An item needs a check'), ('OVERDUE_CHECKS', 'Checks on the ward are overdue'), ('MORNING_DIGEST', 'What waits this morning'), ('VISIT_REMINDER', 'Reminder of an appointment, to the patient'), ('FORM_REMINDER', 'Reminder to answer, to the patient')], max_length=20),
        ),
        migrations.AlterField(
            model_name='outgoingemail',
            name='recipient',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='followupcontact',
            index=models.Index(condition=models.Q(('next_reminder_at__isnull', False), ('state__in', (followup.contact_states.State['PLANNED'], followup.contact_states.State['INVITED']))), fields=['next_reminder_at'], name='contact_by_next_reminder'),
        ),
        migrations.AddIndex(
            model_name='outgoingemail',
            index=models.Index(condition=models.Q(('state__in', ['QUEUED', 'FAILED'])), fields=['contact'], name='email_unsent_by_contact'),
        ),
        migrations.AddConstraint(
            model_name='outgoingemail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('contact__isnull', True), ('patient__isnull', True), ('recipient__isnull', False)), models.Q(('contact__isnull', False), ('escalation_step__isnull', True), ('patient__isnull', False), ('recipient__isnull', True)), _connector='OR'), name='email_goes_to_a_person_of_staff_or_to_a_patient'),
        ),
        migrations.AddConstraint(
            model_name='outgoingemail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purpose__in', ['URGENT_ITEM', 'ITEM_TO_CHECK']), _negated=True), ('escalation_step__isnull', False), _connector='OR'), name='email_about_an_item_has_its_step'),
        ),
        migrations.AlterField(
            model_name='contactevent',
            name='happening',
            field=models.CharField(choices=[('INVITED', 'Invited'), ('ANSWERED', 'Answered'), ('MOVED', 'Moved'), ('MISSED', 'Missed'), ('NOT_REACHED', 'Not reached'), ('CLOSED', 'Closed'), ('STRUCK_OUT', 'Struck out')], max_length=11),
        ),
    ]
