"""Pages of classes: what is recorded of each, for readers; making and changing them, for administrators."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, StaleVersion
from itsm.core.folding import fold
from itsm.people.directory import names_of
from itsm.people.entering import only
from itsm.people.scope import scope_of

from . import bringing, definitions, runs, services, versioning
from .classform import KINDS, LAYER_NAMES, Editor, kinds_of_relations
from .forms import PREFIX, ItemForm
from .models import CIClass, ItemRun
from .specs import ClassSpec, classes, with_subclasses
from .views import readers_only

PAGE = "itsm_cmdb/classes/"


# For anyone else the pages do not exist.
administrators_only = only("settings.manage")


def tree() -> list[dict]:
    """Every class below its parent, with how many items it has."""
    known, counted, rows = classes.get(), versioning.counts(), []

    def add(parent: str, depth: int) -> None:
        below = [spec for spec in known.values() if (spec.parent if spec.parent in known else "") == parent]
        for spec in sorted(below, key=lambda s: fold(s.name)):
            layer = LAYER_NAMES.get(spec.layer, spec.layer)
            rows.append({"spec": spec, "depth": depth, "count": counted[spec.code], "layer": layer})
            add(spec.code, depth + 1)

    add("", 0)
    return rows


@administrators_only
@require_GET
def listed(request):
    """The tree of classes; each with its version, its items, who wrote it."""
    known = classes.get()
    running = [
        {"run": run, "name": known[code].name if (code := run.params.get("code")) in known else code}
        for run in ItemRun.objects.filter(kind=ItemRun.Kind.CLASSES, finished_at=None).order_by("at")
    ]
    todo = {"done": sum(each["run"].done for each in running), "total": sum(each["run"].total for each in running)}
    return render(request, PAGE + "list.html", {"rows": tree(), "running": running, **todo})


@readers_only
@require_GET
def sheet(request, code):
    """What is recorded of the items of a class: the documentation follows the class."""
    spec = _spec(code)
    language = (get_language() or "fr")[:2]
    names, known = dict(kinds_of_relations(language)), classes.get()
    relations = [
        (names.get(kind, kind), [known[each] for each in targets if each in known])
        for kind, targets in sorted(spec.relations.items())
    ]
    context = {
        "spec": spec, "attributes": attribute_lines(spec), "relations": relations, "parents": [known[c] for c in reversed(spec.lineage[1:])],
        "below": [known[c] for c in with_subclasses(code) if known[c].parent == code], "keys": spec.identity_keys,
        "layer": LAYER_NAMES.get(spec.layer, spec.layer), "may_manage": scope_of(request.user).may("settings.manage"),
        "may_edit": scope_of(request.user).may("cmdb.edit"),
    }  # fmt: skip
    return render(request, PAGE + "sheet.html", context)


def attribute_lines(spec: ClassSpec) -> list[dict]:
    """The attributes of a class, for people."""
    kinds, known = dict(KINDS), classes.get()
    lines = []
    for name, rule in spec.properties.items():
        limits = {_("at least"): rule.get("minimum"), _("at most"): rule.get("maximum")}
        ref = known.get(rule.get("x-ref", ""))
        lines.append(
            {
                "name": name, "label": spec.label(name), "kind": kinds[spec.kind(name)], "unit": spec.unit(name), "help": spec.help(name),
                "required": name in spec.required, "choices": [spec.word(name, each) for each in rule.get("enum", [])], "ref": ref,
                "limits": ", ".join(f"{word} {value}" for word, value in limits.items() if value is not None),
            }
        )  # fmt: skip
    return lines


def _spec(code: str) -> ClassSpec:
    spec = classes.get().get(code)
    if spec is None:
        raise Http404
    return spec


@administrators_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Make a class; `?parent=` proposes where."""
    empty = {**definitions.SHAPE, "parent": request.GET.get("parent", "")}
    return _edit(request, "", empty, 0, None)


@administrators_only
@require_http_methods(["GET", "POST"])
def change(request, code):
    """The next version of a class."""
    current = get_object_or_404(CIClass, code=code, is_current=True)
    return _edit(request, code, definitions.of_row(current), current.version, current)


def _edit(request, code: str, definition: dict, version: int, current: CIClass | None):
    language = (get_language() or "fr")[:2]
    act = request.POST.get("act", "preview")
    data = request.POST if request.method == "POST" else None
    editor = Editor(definition, code=code, version=version, data=data, language=language)
    if data is not None and act in ("row", "relation"):
        editor.grow(act)
    context, status = {}, 200
    if data is not None and act not in ("row", "relation"):
        status = 422
        if editor.is_valid():
            name, wanted, renamed = editor.wanted()
            if editor.attributes.is_valid():
                try:
                    if act == "save":
                        return _save(request, editor, name, wanted, renamed)
                    versioning.check(name, wanted, renamed)
                    if current is None and name in classes.get():
                        raise DomainError(_("There is already a class “%(code)s”.") % {"code": name}, field="code")
                    context, status = _preview(request, name, definition, wanted, renamed), 200
                except DomainError as error:
                    status = 409 if isinstance(error, StaleVersion) else 422
                    editor.refuse(error.field, str(error))
    above = classes.get().get(definition["parent"])
    context |= {
        "inherited": [above.titled(name) for name in above.properties] if above else [],
        "editor": editor, "current": current, "spec": classes.get().get(code), "versions": _versions(code) if code else [],
        "may_go_back": bool(current and current.shipped and current.origin == CIClass.Origin.PRODUCT),
        "pending": bool(code) and bringing.is_pending(code),
    }  # fmt: skip
    return render(request, PAGE + "edit.html", context, status=status)


def _save(request, editor: Editor, name: str, wanted: dict, renamed: dict[str, str]):
    data = editor.form.cleaned_data
    row = services.save_class(
        name, wanted, actor=request.user, seen=data["seen"] or 0, renamed=renamed, note=data["note"]
    )
    return _saved(request, row)


def _saved(request, row: CIClass):
    run = versioning.run_of(row)
    if run and not run.is_over:
        runs.start(run)
        run.refresh_from_db()
        if not run.finished_at or run.failed:
            return redirect("cmdb:run", pk=run.pk)
    messages.success(request, _("Version %(n)s of the class is in force.") % {"n": row.version})
    return redirect("cmdb:class_change", code=row.code)


def _preview(request, name: str, old: dict, wanted: dict, renamed: dict[str, str]) -> dict:
    specs = versioning.hypothetical(name, wanted)
    spec = specs[name]
    form = ItemForm(spec=spec, reader=request.user, reason=False, auto_id="preview_%s")
    fields = [field for field in form if field.name.startswith(PREFIX)]
    lines = definitions.differences(old, wanted, renamed)
    codes = [code for code, each in specs.items() if name in each.lineage]
    return {
        "preview": spec, "fields": fields, "differences": lines, "forecast": bringing.forecast(specs, codes, renamed),
        "gone": [each for each in old["order"] if each not in wanted["properties"] and each not in renamed],
    }  # fmt: skip


def _versions(code: str) -> list[dict]:
    rows = list(CIClass.objects.filter(code=code).order_by("-version")[:50])
    people = names_of({row.author_id for row in rows})
    return [
        {"row": row, "who": people.get(row.author_id, "") if row.author_id else "", "origin": row.get_origin_display()}
        for row in rows
    ]


@administrators_only
@require_GET
def version(request, code, version):
    """One version of a class, against the one before it."""
    row = get_object_or_404(CIClass, code=code, version=version)
    before = CIClass.objects.filter(code=code, version__lt=version).order_by("-version").first()
    now = definitions.of_row(row)
    old = definitions.of_row(before) if before else {**definitions.SHAPE}
    context = {
        "row": row, "before": before, "differences": definitions.differences(old, now), "spec": classes.get().get(code),
        "who": names_of({row.author_id}).get(row.author_id, "") if row.author_id else "", "run": versioning.run_of(row),
    }  # fmt: skip
    return render(request, PAGE + "version.html", context)


@administrators_only
@require_POST
def back_to_file(request, code):
    """Drop what the site changed over the file."""
    seen = request.POST.get("seen", "")
    row = services.take_file_back(code, actor=request.user, seen=int(seen) if seen.isdecimal() and len(seen) < 9 else 0)
    return _saved(request, row)
