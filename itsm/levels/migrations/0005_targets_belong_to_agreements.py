import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('levels', '0004_targets_to_agreements')]

    operations = [
        migrations.RemoveField(
            model_name='target',
            name='organisation',
        ),
        migrations.AlterField(
            model_name='target',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='levels.agreement'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(fields=('agreement', 'priority', 'metric'), name='target_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.CheckConstraint(condition=models.Q(('seconds', None), ('seconds__gt', 0), _connector='OR'), name='target_is_some_time'),
        ),
    ]
