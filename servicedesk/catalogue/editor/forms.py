"""What is said about an item and about a shelf."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.cmdb.models import Service
from itsm.people.directory import directory
from itsm.people.models import Organisation, Role, Site, Team
from itsm.records import reference
from itsm.records.models import Category, Impact, Urgency

from ...desk.fields import style
from ..icons import ICONS
from ..models import CatalogueCategory, CatalogueItem

RESERVED = {"new", "shelves", "people"}
LANGUAGES = {"fr": gettext_lazy("in French"), "en": gettext_lazy("in English")}


class BothLanguages(forms.ModelForm):
    """Names in French and in English, both needed; an icon that exists; a key that no address uses."""

    def build(self) -> None:
        for name in ("name_fr", "name_en"):
            self.fields[name].required = True
        for name, field in self.fields.items():
            stem, _sep, language = name.rpartition("_")
            if language in LANGUAGES and stem in ("name", "summary", "description"):
                words = {"field": CatalogueItem._meta.get_field(stem).verbose_name, "language": LANGUAGES[language]}
                field.label = _("%(field)s %(language)s") % words
                field.label = field.label[:1].upper() + field.label[1:]
        names = [*ICONS] if self.instance.icon in ICONS else [self.instance.icon, *ICONS]
        self.fields["icon"] = forms.ChoiceField(
            label=self.fields["icon"].label, choices=[(name, name) for name in names]
        )
        self.fields["key"].help_text = _("In addresses and in the REST interface: small letters, figures and “-”.")
        style(self)

    def clean_key(self):
        key = self.cleaned_data["key"].lower()
        if key in RESERVED:
            raise forms.ValidationError(_("This key is used by the product itself."))
        return key


class ShelfForm(BothLanguages):
    class Meta:
        model = CatalogueCategory
        fields = ["key", "name_fr", "name_en", "description_fr", "description_en", "icon", "position", "is_active"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.build()


class ItemForm(BothLanguages):
    picture = forms.FileField(label=gettext_lazy("Picture"), required=False, help_text=gettext_lazy("PNG, JPEG, GIF or WebP, square, 512 kB at most; without one the icon is shown."))  # fmt: skip
    no_picture = forms.BooleanField(label=gettext_lazy("Take the picture away"), required=False)

    class Meta:
        model = CatalogueItem
        fields = [
            "key", "shelf", "name_fr", "name_en", "summary_fr", "summary_en", "description_fr", "description_en", "icon",
            "position", "organisations", "sites", "roles", "departments", "cost", "monthly_cost", "delay_days", "most",
            "for_others", "repeatable", "on_the_spot", "service", "record_category", "team", "impact", "urgency",
        ]  # fmt: skip
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in ("description_fr", "description_en")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        book = directory.get()
        self._many("organisations", Organisation, [(o.pk, o.name) for o in book.organisations.values() if o.kind != "supplier"])  # fmt: skip
        self._many("sites", Site, [(s.pk, s.name) for s in book.sites.values()])
        self._many("roles", Role, [(r.pk, r.name) for r in Role.objects.order_by("code")])
        self.fields["departments"].help_text = _("Separated by commas, as people’s profiles have them.")
        self.fields["team"].queryset = Team.objects.filter(is_active=True).order_by("code")
        self.fields["service"].queryset = Service.objects.select_related("item").order_by("item__sort_key")
        rows = sorted(reference.categories.get().values(), key=lambda row: reference.category_path(row.pk))
        category = self.fields["record_category"]
        category.queryset = Category.objects.filter(pk__in=[row.pk for row in rows])
        category.choices = [("", "—"), *((row.pk, reference.category_path(row.pk)) for row in rows)]
        for name, choices in (("impact", Impact.choices), ("urgency", Urgency.choices)):
            self.fields[name] = forms.TypedChoiceField(coerce=int, choices=choices, label=self.fields[name].label)
        for name in ("service", "team"):
            self.fields[name].empty_label = "—"
        if not self.instance.picture:
            del self.fields["no_picture"]
        self.build()

    def _many(self, name: str, model, rows: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        field.queryset = model.objects.filter(pk__in=[pk for pk, _name in rows])
        field.choices = rows
        field.widget.attrs["size"] = str(min(6, max(2, len(rows))))
        field.help_text = ""

    def values(self) -> dict:
        """What the service takes."""
        found = dict(self.cleaned_data)
        found.pop("picture", None)
        found.pop("no_picture", None)
        return found
