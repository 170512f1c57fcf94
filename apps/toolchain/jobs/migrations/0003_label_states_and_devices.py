from django.db import migrations, models


class Migration(migrations.Migration):
    """Changes labels of choices only; the stored values stay."""

    dependencies = [("jobs", "0002_deadlines_and_retries")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("claimed", "Assigned"),
                    ("running", "Running"),
                    ("succeeded", "Succeeded"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="queued",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="device",
            field=models.CharField(
                blank=True, choices=[("", "Any"), ("cpu", "CPU"), ("gpu", "GPU")], default="", max_length=8
            ),
        ),
    ]
