"""The catalogue and requests."""

import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
import servicedesk.catalogue.models
from itsm.core.tables import Tables

# What was ordered stays what it was: a published version is neither changed nor deleted.
IMMUTABLE = """
CREATE FUNCTION catalogue_version_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a published version of the catalogue never changes' USING ERRCODE = 'check_violation',
  CONSTRAINT = 'catalogue_version_immutable'; END $$;
CREATE TRIGGER catalogue_version_immutable BEFORE UPDATE OR DELETE ON servicedesk_catalogueitemversion
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION catalogue_version_refuse();
"""
UNDO = (
    "DROP TRIGGER catalogue_version_immutable ON servicedesk_catalogueitemversion; DROP FUNCTION catalogue_version_refuse();"
)


class Migration(Tables):
    replaces = [
        ('servicedesk', '0006_macros_follow_up'),
        ('servicedesk', '0007_add_bulk_progress'),
        ('servicedesk', '0008_keep_checklists_of_macros'),
        ('servicedesk', '0009_add_imported_promises'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
        ('servicedesk', '0001_desk'),
    ]
    operations = [
        migrations.CreateModel(
            name='CatalogueCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(db_index=False, max_length=60)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('description_fr', models.CharField(blank=True, max_length=300, null=True, verbose_name='description')),
                ('description_en', models.CharField(blank=True, max_length=300, null=True, verbose_name='description')),
                ('icon', models.CharField(default='folder', max_length=40, verbose_name='icon')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='shown')),
            ],
            options={
                'verbose_name': 'catalogue category',
                'verbose_name_plural': 'catalogue categories',
                'ordering': ['position', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='catalogue_category_key_unique'),
                    models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='catalogue_category_has_key'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CatalogueItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(db_index=False, max_length=60)),
                ('shelf', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='servicedesk.cataloguecategory', verbose_name='catalogue category')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='summary')),
                ('summary_fr', models.CharField(blank=True, max_length=300, null=True, verbose_name='summary')),
                ('summary_en', models.CharField(blank=True, max_length=300, null=True, verbose_name='summary')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('description_fr', models.TextField(blank=True, null=True, verbose_name='description')),
                ('description_en', models.TextField(blank=True, null=True, verbose_name='description')),
                ('icon', models.CharField(default='package', max_length=40, verbose_name='icon')),
                ('picture', models.FileField(blank=True, max_length=200, upload_to=servicedesk.catalogue.models.picture_path, verbose_name='picture')),
                ('picture_type', models.CharField(blank=True, editable=False, max_length=40)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('retired', 'Retired')], default='draft', editable=False, max_length=10, verbose_name='state')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('departments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None, verbose_name='departments')),
                ('cost', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='cost')),
                ('monthly_cost', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='cost a month')),
                ('delay_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='delay in working days')),
                ('most', models.PositiveSmallIntegerField(default=1, verbose_name='at most in one request')),
                ('for_others', models.BooleanField(default=True, verbose_name='may be ordered for somebody else')),
                ('repeatable', models.BooleanField(default=False, verbose_name='may be ordered regularly')),
                ('on_the_spot', models.BooleanField(default=False, help_text='A question: who opens it for somebody may answer it at once.', verbose_name='answered on the spot')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.service', verbose_name='service')),
                ('record_category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category', verbose_name='category of the request')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team', verbose_name='team')),
                ('impact', models.PositiveSmallIntegerField(default=4, verbose_name='impact')),
                ('urgency', models.PositiveSmallIntegerField(default=3, verbose_name='urgency')),
                ('changed_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('organisations', models.ManyToManyField(blank=True, related_name='+', to='people.organisation', verbose_name='organisations')),
                ('sites', models.ManyToManyField(blank=True, related_name='+', to='people.site', verbose_name='sites')),
                ('roles', models.ManyToManyField(blank=True, related_name='+', to='people.role', verbose_name='roles')),
            ],
            options={
                'verbose_name': 'catalogue item',
                'verbose_name_plural': 'catalogue items',
                'ordering': ['position', 'id'],
                'indexes': [
                    models.Index(fields=['shelf', 'position', 'id'], name='catalogue_item_shelf'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='catalogue_item_key_unique'),
                    models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='catalogue_item_has_key'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'published', 'retired'])), name='catalogue_item_state_known'),
                    models.CheckConstraint(condition=models.Q(('cost', None), ('cost__gte', 0), _connector='OR'), name='catalogue_item_cost_not_negative'),
                    models.CheckConstraint(condition=models.Q(('monthly_cost', None), ('monthly_cost__gte', 0), _connector='OR'), name='catalogue_item_monthly_not_negative'),
                    models.CheckConstraint(condition=models.Q(('most__range', (1, 100))), name='catalogue_item_most_1_to_100'),
                    models.CheckConstraint(condition=models.Q(('impact__range', (1, 4)), ('urgency__range', (1, 4))), name='catalogue_item_grades_1_to_4'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CatalogueItemVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='servicedesk.catalogueitem')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('form', models.JSONField(blank=True, default=dict, verbose_name='form')),
                ('approval', models.JSONField(blank=True, default=dict, verbose_name='approval rule')),
                ('plan', models.JSONField(blank=True, default=dict, verbose_name='fulfilment plan')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='what is new')),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_at', models.DateTimeField(editable=False, null=True)),
                ('published_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [
                    models.UniqueConstraint(fields=('item', 'number'), name='catalogue_version_unique'),
                    models.UniqueConstraint(condition=models.Q(('published_at', None)), fields=('item',), name='catalogue_version_one_draft'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='catalogue_version_from_1'),
                    models.CheckConstraint(condition=models.Q(('published_by', None), ('published_at__isnull', False), _connector='OR'), name='catalogue_version_published_has_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BasketLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='basket', to=settings.AUTH_USER_MODEL)),
                ('item_version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='servicedesk.catalogueitemversion')),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answers', models.JSONField(default=dict)),
                ('quantity', models.PositiveSmallIntegerField(default=1)),
                ('added_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('quantity__range', (1, 100))), name='basket_line_quantity_1_to_100'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BasketFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='servicedesk.basketline')),
                ('question', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('file', models.FileField(max_length=200, upload_to=servicedesk.catalogue.models.basket_file_path)),
                ('content_type', models.CharField(max_length=100)),
                ('sha256', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RegularOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='regular_orders', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.catalogueitem')),
                ('answers', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('quantity', models.PositiveSmallIntegerField(default=1, verbose_name='quantity')),
                ('rhythm', models.CharField(choices=[('weekly', 'Every week'), ('monthly_day', 'Every month, on a date'), ('monthly_weekday', 'Every month, on a weekday')], default='monthly_weekday', max_length=16, verbose_name='rhythm')),
                ('weekday', models.PositiveSmallIntegerField(blank=True, help_text='0 is Monday', null=True, verbose_name='weekday')),
                ('place', models.PositiveSmallIntegerField(blank=True, help_text='1 to 4, 5 for the last one', null=True, verbose_name='which one of the month')),
                ('day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='day of the month')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('next_at', models.DateTimeField(editable=False, null=True)),
                ('stopped_at', models.DateTimeField(editable=False, null=True)),
                ('stopped_why', models.CharField(blank=True, editable=False, max_length=300)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='regular_order_due'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('quantity__range', (1, 100))), name='regular_order_quantity_1_to_100'),
                    models.CheckConstraint(condition=models.Q(models.Q(('day', None), ('place', None), ('rhythm', 'weekly'), ('weekday__isnull', False)), models.Q(('day__isnull', False), ('place', None), ('rhythm', 'monthly_day'), ('weekday', None)), models.Q(('day', None), ('place__isnull', False), ('rhythm', 'monthly_weekday'), ('weekday__isnull', False)), _connector='OR'), name='regular_order_rhythm_is_whole'),
                    models.CheckConstraint(condition=models.Q(('weekday', None), ('weekday__lte', 6), _connector='OR'), name='regular_order_weekday_0_to_6'),
                    models.CheckConstraint(condition=models.Q(('place', None), ('place__range', (1, 5)), _connector='OR'), name='regular_order_place_1_to_5'),
                    models.CheckConstraint(condition=models.Q(('day', None), ('day__range', (1, 31)), _connector='OR'), name='regular_order_day_1_to_31'),
                    models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='regular_order_ends_after_start'),
                    models.CheckConstraint(condition=models.Q(('stopped_at', None), ('next_at', None), _connector='OR'), name='regular_order_stopped_has_no_next'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('record_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='records.record')),
                ('item_version', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='servicedesk.catalogueitemversion')),
                ('answers', models.JSONField(blank=True, default=dict, editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('quantity', models.PositiveSmallIntegerField(default=1)),
                ('cost', models.DecimalField(decimal_places=2, editable=False, max_digits=12, null=True)),
                ('monthly_cost', models.DecimalField(decimal_places=2, editable=False, max_digits=12, null=True)),
                ('basket', models.CharField(blank=True, default='', editable=False, max_length=20)),
                ('submitted_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('approved_at', models.DateTimeField(editable=False, null=True)),
                ('resolution', models.TextField(blank=True)),
                ('resolved_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('refusal', models.TextField(blank=True, editable=False)),
                ('follows', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followed_by', to='servicedesk.request')),
                ('regular', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requests', to='servicedesk.regularorder')),
                ('regular_for', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('basket', ''), _negated=True), fields=['basket'], name='request_basket'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('quantity__range', (1, 100))), name='request_quantity_1_to_100'),
                    models.CheckConstraint(condition=models.Q(('cost', None), ('cost__gte', 0), _connector='OR'), name='request_cost_not_negative'),
                    models.CheckConstraint(condition=models.Q(('monthly_cost', None), ('monthly_cost__gte', 0), _connector='OR'), name='request_monthly_not_negative'),
                    models.CheckConstraint(condition=models.Q(('approved_at', None), ('approved_at__gte', models.F('submitted_at')), _connector='OR'), name='request_approved_after_submitted'),
                    models.CheckConstraint(condition=models.Q(('resolved_by', None), models.Q(('resolution', ''), _negated=True), _connector='OR'), name='request_resolved_by_a_person_says_how'),
                    models.CheckConstraint(condition=models.Q(('refusal', ''), ('approved_at', None), _connector='OR'), name='request_refused_was_not_approved'),
                    models.UniqueConstraint(condition=models.Q(('regular__isnull', False)), fields=('regular', 'regular_for'), name='request_one_a_time_of_a_regular'),
                ],
            },
            bases=('records.record',),
        ),
        migrations.RunSQL(IMMUTABLE, UNDO),
        migrations.RunSQL("CREATE SEQUENCE number_ord", "DROP SEQUENCE number_ord"),
    ]
