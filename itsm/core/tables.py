"""Tables that are new: what makes an empty database quick to fill.

After each new table Django renders every model that is related to it anew; with two hundred tables around people and records
that took nine tenths of the time. A model that was not there before changes no other: here it is rendered itself, once.
"""

from itertools import groupby

from django.db.migrations import CreateModel, Migration


class Tables(Migration):
    """As any migration, but tables that follow each other in its operations are made from the state after the last of them."""

    def apply(self, project_state, schema_editor, collect_sql=False):
        if collect_sql:
            return super().apply(project_state, schema_editor, collect_sql)
        for made, operations in groupby(self.operations, key=lambda each: isinstance(each, CreateModel)):
            if made:
                self._make(list(operations), project_state, schema_editor)
            else:
                rest = type("Rest", (Migration,), {"operations": list(operations), "atomic": self.atomic})
                project_state = rest(self.name, self.app_label).apply(project_state, schema_editor)
        return project_state

    def _make(self, operations, state, schema_editor):
        models = state.apps
        del state.apps  # set aside: nothing is rendered while the state grows
        for each in operations:
            each.state_forwards(self.app_label, state)
        models.render_multiple([state.models[self.app_label, each.name_lower] for each in operations])
        state.apps = models
        for each in operations:
            each.database_forwards(self.app_label, schema_editor, state, state)
