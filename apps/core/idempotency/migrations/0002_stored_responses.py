from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("idempotency", "0001_kept_answers")]

    operations = [
        migrations.RenameModel("KeptAnswer", "StoredResponse"),
        migrations.RenameField("StoredResponse", "place", "key_digest"),
    ]
