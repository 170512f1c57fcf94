from django.db import migrations


class Migration(migrations.Migration):
    """Leaves the models of receipts to the receipts app; their tables stay."""

    dependencies = [
        ("jobs", "0003_label_states_and_devices"),
        ("receipts", "0001_take_over_receipts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Receipt"),
                migrations.DeleteModel(name="SigningKey"),
            ],
        ),
    ]
