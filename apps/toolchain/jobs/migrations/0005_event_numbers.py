from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_hand_over_receipts")]

    operations = [
        migrations.AddField(
            model_name="jobevent", name="number", field=models.PositiveIntegerField(null=True)
        ),
    ]
