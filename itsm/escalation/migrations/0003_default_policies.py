"""What was in the code becomes data: the resolution warns, alerts and goes to the next team; the ownership warns and alerts."""

from django.db import migrations

WARN = {"do": "warn", "who": ["assignee", "team"]}
ALERT = {"do": "alert", "who": ["leader"]}
POLICIES = {
    "RESOLUTION": ("Résolution", "Resolution", "resolve", {75: [WARN], 100: [ALERT], 150: [{"do": "escalate"}]}),
    "OWNERSHIP": ("Prise en charge", "Ownership", "own", {75: [WARN], 100: [ALERT]}),
}


def make(apps, schema_editor):
    Policy, Step = apps.get_model("escalation", "Policy"), apps.get_model("escalation", "PolicyStep")
    for code, (french, english, metric, steps) in POLICIES.items():
        policy = Policy.objects.create(
            code=code, name=french, name_fr=french, name_en=english, clock="sla", metric=metric
        )
        Step.objects.bulk_create(Step(policy=policy, percent=percent, actions=acts) for percent, acts in steps.items())


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_add_policies")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
