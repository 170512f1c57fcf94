from django.db import migrations, models


class Migration(migrations.Migration):
    """The numbers replace the ids of rows, which counted the events of all jobs."""

    dependencies = [("jobs", "0006_number_events")]

    operations = [
        migrations.AlterField(model_name="jobevent", name="number", field=models.PositiveIntegerField()),
        migrations.AddConstraint(
            model_name="jobevent",
            constraint=models.UniqueConstraint(fields=("job", "number"), name="one_event_per_number"),
        ),
        migrations.AddIndex(
            model_name="jobevent",
            index=models.Index(fields=["job", "kind", "number"], name="numbered_events_of_kind"),
        ),
        migrations.RemoveIndex(model_name="jobevent", name="events_of_job"),
        migrations.RemoveIndex(model_name="jobevent", name="events_of_kind"),
    ]
