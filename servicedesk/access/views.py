"""Pages of accesses beyond the desk's own: the opening, a person's accesses, movements, reviews."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core import durations
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.notify.messages import language_of
from itsm.people.scope import scope_of
from itsm.records.models import Channel

from .. import once
from ..desk.fields import people_for
from ..desk.guard import desk_required
from . import movements, panel, reviews, services
from .forms import MovementForm, NewAccessForm, ReviewForm
from .models import Access, AccessReview, AccessReviewLine

PAGE = "servicedesk/access/"
ROWS = 50
LINES = 500


@desk_required
@require_http_methods(["GET", "POST"])
def new(request):
    """Ask for a right for somebody; the owner of the item is asked at once."""
    initial = {name: request.GET.get(name, "").replace("\x00", "")[:150] for name in ("requester", "item")}
    form = NewAccessForm(request.POST or None, user=request.user, initial=initial | {"token": get_random_string(24)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        key = once.key(request.user, "new-access", data.pop("token"))
        made = once.claim(key)
        if made:
            return redirect("access:detail", number=made)
        try:
            opened = services.open_access(actor=request.user, channel=Channel.INTERNAL, **data)
        except DomainError as error:
            once.release(key)
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            once.keep(key, opened.number)
            messages.success(request, _("%(number)s: the owner is asked.") % {"number": opened.number})
            return redirect("access:detail", number=opened.number)
    return render(request, PAGE + "new.html", {"form": form}, status=422 if form.is_bound else 200)


@desk_required
@require_GET
def of_person(request, username):
    """Everything that a person may access, might, or could."""
    person = get_object_or_404(people_for(request.user), username__iexact=username)
    rows = Access.objects.in_desk_of(request.user).filter(person=person)
    page = keyset_page(rows, ordering=("-pk",), cursor=request.GET.get("cursor"), size=ROWS)
    found = Access.objects.filter(pk__in=[row.pk for row in page.rows]).order_by("-pk")
    return render(request, PAGE + "person.html", {"person": person, "rows": panel.described(found), "page": page})


@desk_required
@require_GET
def of_item(request):
    """Who may access an item: a part of its page, empty where nobody does."""
    pk = whole(request.GET.get("item"))
    if pk is None:
        raise Http404
    context = panel.of_item(request.user, pk)
    return render(request, PAGE + "_item_panel.html", context) if context else HttpResponse()


@desk_required
@require_http_methods(["GET", "POST"])
def movement(request):
    """Somebody joins, changes jobs or leaves."""
    if not scope_of(request.user).may("records.work"):
        raise Http404
    form = MovementForm(request.POST or None, user=request.user, initial={"token": get_random_string(24)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        person, how = data["person"], {"actor": request.user, "reason": data["reason"]}
        key = once.key(request.user, "movement", data["token"])
        if once.claim(key):
            return redirect("access:person", username=person.username)
        try:
            if data["kind"] == "leaver":
                done = movements.leave(person, on=data["last"], **how)
            elif data["kind"] == "mover":
                done = movements.move(person, before=data["before"], after=data["after"], **how)
            else:
                done = movements.join(person, data["after"], **how)
        except DomainError as error:
            once.release(key)
            form.add_error(None, str(error))
        else:
            once.keep(key, person.username)
            opened, ended = len(done.opened), len(done.ended)
            said = (
                [ngettext("%(n)s right asked for", "%(n)s rights asked for", opened) % {"n": opened}] if opened else []
            )
            said += [ngettext("%(n)s right ended", "%(n)s rights ended", ended) % {"n": ended}] if ended else []
            if done.shortened and data["last"]:
                words = ngettext(
                    "%(n)s right ends after %(day)s", "%(n)s rights end after %(day)s", len(done.shortened)
                )
                said.append(words % {"n": len(done.shortened), "day": durations.day_text(data["last"])})
            messages.success(request, f"{person.display_name}: {', '.join(said) or _('nothing to do')}.")
            return redirect("access:person", username=person.username)
    return render(request, PAGE + "movement.html", {"form": form}, status=422 if form.is_bound else 200)


def _managed(user):
    scope = scope_of(user)
    if not scope.may("records.manage"):
        raise Http404
    rows = AccessReview.objects.all()
    return rows if scope.everything else rows.filter(organisation__in=scope.managed)


@desk_required
@require_http_methods(["GET", "POST"])
def review_list(request):
    """The campaigns, and the form that starts one."""
    rows = _managed(request.user)
    form = ReviewForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            review = reviews.start(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The owners are asked."))
            return redirect("access:review", pk=review.pk)
    counted = rows.select_related("organisation").annotate(
        total=Count("lines"),
        left=Count("lines", filter=Q(lines__answer="")),
        revoked=Count("lines", filter=Q(lines__answer="revoke")),
    )
    context = {"form": form, "reviews": counted.order_by("-pk")[:ROWS]}
    return render(request, PAGE + "reviews.html", context, status=422 if form.is_bound else 200)


@desk_required
@require_GET
def review(request, pk):
    """One campaign: who answered what."""
    found = get_object_or_404(_managed(request.user).select_related("organisation", "started_by"), pk=pk)
    page = keyset_page(found.lines.all(), ordering=("id",), cursor=request.GET.get("cursor"), size=ROWS)
    lines = AccessReviewLine.objects.filter(pk__in=[row.pk for row in page.rows]).order_by("id")
    context = {
        "review": found, "page": page, "lines": lines.select_related("access__item", "access__person", "owner"),
        "left": found.lines.filter(answer="").count(), "total": found.lines.count(),
    }  # fmt: skip
    return render(request, PAGE + "review.html", context)


@login_required
@require_GET
def mine(request):
    """To the newest review that waits for the reader; a page that says so where none does."""
    line = (
        AccessReviewLine.objects.filter(owner=request.user, answer="").exclude(review__state="done")
        .select_related("review").order_by("-review_id").first()
    )  # fmt: skip
    if line:
        return redirect(reviews.path(line.review, request.user))
    return render(request, PAGE + "nothing.html", {"shell": scope_of(request.user).shell})


@csrf_exempt  # the signature is the proof, and there is no session whose rights a forged form could use
@require_http_methods(["GET", "POST"])
@never_cache
def answer(request, token):
    """An owner's list: keep or revoke, each with its button. Looking changes nothing."""
    found = reviews.find(token)
    if found is None:
        return render(request, PAGE + "answer.html", {"review": None}, status=404)
    review, owner = found
    if request.user.is_authenticated and request.user.pk != owner.pk:
        return render(
            request, PAGE + "answer.html", {"review": review, "other": request.user, "owner": owner}, status=403
        )
    with override(language_of(owner)):
        errors, typed, status = {}, {}, 200
        if request.method == "POST":
            errors, typed = _take(request.POST, review, owner)
            if not errors:
                return redirect(request.path)
            status = 422
        lines = review.lines.filter(owner=owner).select_related("access__item", "access__person").order_by("id")
        total = lines.count()
        if total > LINES:  # what has no answer yet must come into sight
            lines = lines.order_by("answer", "id")
        shown = [
            {
                "line": line, "error": errors.get(line.pk, ""), "given": typed.get(line.pk, (line.answer, line.reason))[0],
                "reason": typed.get(line.pk, (line.answer, line.reason))[1],
            }
            for line in lines[:LINES]
        ]  # fmt: skip
        context = {
            "review": review, "owner": owner, "lines": shown, "left": lines.filter(answer="").count(), "total": total,
            "over": review.state == AccessReview.State.DONE,
        }  # fmt: skip
        return render(request, PAGE + "answer.html", context, status=status)


def _take(data, review: AccessReview, owner) -> tuple[dict[int, str], dict[int, tuple[str, str]]]:
    """Write every answer that stands; what is wrong with the others, and what was typed there."""
    errors, typed = {}, {}
    for line in review.lines.filter(owner=owner, answer="").order_by("access_id"):
        given, reason = data.get(f"answer-{line.pk}", ""), data.get(f"reason-{line.pk}", "")
        if given not in ("keep", "revoke"):
            continue
        try:
            reviews.answer(line.pk, actor=owner, keep=given == "keep", reason=reason)
        except DomainError as error:
            errors[line.pk], typed[line.pk] = str(error.message), (given, reason)
    return errors, typed
