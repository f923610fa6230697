from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('records', '0006_add_coming_back'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(condition=models.Q(('woken_at__isnull', False)), fields=['woken_at'], name='rec_woken'),
        ),
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(condition=models.Q(('phase__in', ['open', 'waiting']), ('follow_up_at__isnull', False)), fields=['follow_up_at'], name='rec_follow_up'),
        ),
    ]
