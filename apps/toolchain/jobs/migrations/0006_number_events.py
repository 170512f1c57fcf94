from django.db import migrations

NUMBER_EVENTS = """
UPDATE jobs_jobevent SET number = numbered.number
FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM jobs_jobevent WHERE job_id = %s) AS numbered
WHERE jobs_jobevent.id = numbered.id
"""
COUNT_EVENTS = """
UPDATE jobs_job
SET event_count = greatest(event_count, (SELECT count(*) FROM jobs_jobevent WHERE job_id = %s))
WHERE id = %s
"""


def number_events(apps, schema_editor):
    """Number the events of one job after another, each in its own transaction; may be repeated."""
    jobs = apps.get_model("jobs", "JobEvent").objects.filter(number=None).values_list("job_id", flat=True)
    for job_id in list(jobs.order_by("job_id").distinct()):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(NUMBER_EVENTS, [job_id])
            cursor.execute(COUNT_EVENTS, [job_id, job_id])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0005_event_numbers")]

    operations = [migrations.RunPython(number_events, migrations.RunPython.noop, elidable=True)]
