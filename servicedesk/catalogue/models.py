"""What people may order: items by category, each with versions of its form, its approvals and its fulfilment plan."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .queryset import ItemQuerySet


def picture_path(_item, _filename: str) -> str:
    """Where a picture goes: nothing of the uploader's name reaches the disk."""
    name = uuid.uuid4().hex
    return f"catalogue/{name[:2]}/{name}"


class CatalogueCategory(models.Model):
    """A shelf of the catalogue. Names in French and English."""

    key = models.SlugField(max_length=60, db_index=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=300, blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="folder")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("shown"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("catalogue category"), _("catalogue categories")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="catalogue_category_key_unique"),
            models.CheckConstraint(condition=~Q(key=""), name="catalogue_category_has_key"),
        ]

    def __str__(self):
        return self.name


class CatalogueItem(models.Model):
    """Something to order. Who sees it is its audience: each list that is not empty narrows it, organisations and sites with all below."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("catalogue item", "Draft")
        PUBLISHED = "published", pgettext_lazy("catalogue item", "Published")
        RETIRED = "retired", pgettext_lazy("catalogue item", "Retired")

    key = models.SlugField(max_length=60, db_index=False)
    shelf = models.ForeignKey(
        CatalogueCategory, models.PROTECT, verbose_name=_("catalogue category"), related_name="items", db_index=False
    )
    name = models.CharField(_("name"), max_length=120)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    description = models.TextField(_("description"), blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="package")
    picture = models.FileField(_("picture"), upload_to=picture_path, max_length=200, blank=True)
    picture_type = models.CharField(max_length=40, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    organisations = models.ManyToManyField(
        "people.Organisation", verbose_name=_("organisations"), blank=True, related_name="+"
    )
    sites = models.ManyToManyField("people.Site", verbose_name=_("sites"), blank=True, related_name="+")
    roles = models.ManyToManyField("people.Role", verbose_name=_("roles"), blank=True, related_name="+")
    departments = ArrayField(models.CharField(max_length=120), verbose_name=_("departments"), default=list, blank=True)

    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=2, null=True, blank=True)
    monthly_cost = models.DecimalField(_("cost a month"), max_digits=10, decimal_places=2, null=True, blank=True)
    delay_days = models.PositiveSmallIntegerField(_("delay in working days"), null=True, blank=True)
    most = models.PositiveSmallIntegerField(_("at most in one request"), default=1)
    for_others = models.BooleanField(_("may be ordered for somebody else"), default=True)
    repeatable = models.BooleanField(_("may be ordered regularly"), default=False)
    on_the_spot = models.BooleanField(
        _("answered on the spot"),
        default=False,
        help_text=_("A question: who opens it for somebody may answer it at once."),
    )

    service = models.ForeignKey(
        "cmdb.Service", models.PROTECT, verbose_name=_("service"), null=True, blank=True, related_name="+"
    )
    record_category = models.ForeignKey(
        "records.Category",
        models.PROTECT,
        verbose_name=_("category of the request"),
        null=True,
        blank=True,
        related_name="+",
    )
    team = models.ForeignKey(
        "people.Team", models.PROTECT, verbose_name=_("team"), null=True, blank=True, related_name="+"
    )
    impact = models.PositiveSmallIntegerField(_("impact"), default=4)
    urgency = models.PositiveSmallIntegerField(_("urgency"), default=3)
    changed_at = models.DateTimeField(default=now, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("catalogue item"), _("catalogue items")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["shelf", "position", "id"], name="catalogue_item_shelf")]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="catalogue_item_key_unique"),
            models.CheckConstraint(condition=~Q(key=""), name="catalogue_item_has_key"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "retired"]), name="catalogue_item_state_known"
            ),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="catalogue_item_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(monthly_cost=None) | Q(monthly_cost__gte=0), name="catalogue_item_monthly_not_negative"
            ),
            models.CheckConstraint(condition=Q(most__range=(1, 100)), name="catalogue_item_most_1_to_100"),
            models.CheckConstraint(
                condition=Q(impact__range=(1, 4), urgency__range=(1, 4)), name="catalogue_item_grades_1_to_4"
            ),
        ]

    def __str__(self):
        return self.name


class CatalogueItemVersion(models.Model):
    """What an item asked, of whom it was approved and how it was fulfilled, at one time. Once published it never changes: a trigger holds it."""

    item = models.ForeignKey(CatalogueItem, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    form = models.JSONField(_("form"), default=dict, blank=True)
    approval = models.JSONField(_("approval rule"), default=dict, blank=True)
    plan = models.JSONField(_("fulfilment plan"), default=dict, blank=True)
    note = models.CharField(_("what is new"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="catalogue_version_unique"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(published_at=None), name="catalogue_version_one_draft"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="catalogue_version_from_1"),
            models.CheckConstraint(
                condition=Q(published_by=None) | Q(published_at__isnull=False),
                name="catalogue_version_published_has_time",
            ),
        ]

    def __str__(self):
        return f"{self.item} v{self.number}"


class BasketLine(models.Model):
    """Something that a person is about to order, for themselves or for somebody else, with its answers."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="basket")
    item_version = models.ForeignKey(CatalogueItemVersion, models.CASCADE, related_name="+")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    quantity = models.PositiveSmallIntegerField(default=1)
    added_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__range=(1, 100)), name="basket_line_quantity_1_to_100")
        ]

    def __str__(self):
        return f"{self.quantity} x {self.item_version_id}"


def basket_file_path(_file, _filename: str) -> str:
    """Where a file of a basket goes: nothing of the uploader's name reaches the disk."""
    name = uuid.uuid4().hex
    return f"basket/{name[:2]}/{name}"


class BasketFile(models.Model):
    """A file that answers a question of a basket's line; it moves to the request when the basket is ordered."""

    line = models.ForeignKey(BasketLine, models.CASCADE, related_name="files")
    question = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to=basket_file_path, max_length=200)
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name
