import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sample", "0002_comments"),
    ]

    operations = [
        migrations.AddField(
            model_name="note",
            name="state",
            field=models.CharField(
                choices=[("visible", "Visible"), ("held", "Held"), ("hidden", "Hidden")],
                default="visible",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
