"""The pages of approvals: what waits for me, one question, and the signed link of a mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.core.paging import keyset_page
from itsm.notify import notices
from itsm.notify.messages import language_of
from itsm.people.scope import scope_of

from ..models import Approval, Record
from . import access, links, services, showing
from .forms import AnswerForm

PAGE = "records/approvals/"
ROWS = 30


@login_required
@require_GET
def listed(request):
    """What waits for me and for those I stand in for; or what I was asked and is over."""
    shown = "answered" if request.GET.get("tab") == "answered" else "waiting"
    scope = scope_of(request.user)
    rows = access.answered(request.user) if shown == "answered" else Approval.objects.answerable_by(request.user)
    ordering = ("-id",) if shown == "answered" else ("id",)
    page = keyset_page(rows, ordering=ordering, cursor=request.GET.get("cursor"), size=ROWS)
    keys = [row.pk for row in page.rows]
    found = Approval.objects.filter(pk__in=keys).select_related("record__requester", *showing.NAMES).order_by(*ordering)
    tabs = [
        {"url": "?tab=waiting", "label": _("To decide"), "current": shown == "waiting", "count": access.waiting(scope, 1000)},
        {"url": "?tab=answered", "label": _("Given answers"), "current": shown == "answered"},
    ]  # fmt: skip
    context = {
        "page": page,
        "lines": showing.add_costs(showing.lines(found)),
        "tabs": tabs,
        "shown": shown,
        "shell": scope.shell,
    }
    return render(request, PAGE + "list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def question(request, pk):
    """One question: what is to be approved, what others said, and the two buttons."""
    rows = Approval.objects.asked_of(request.user) | _of_desk(request.user)
    approval = get_object_or_404(rows.select_related("record__requester", "run", *showing.NAMES), pk=pk)
    form = AnswerForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _answer(request, approval, form, person=request.user, how="page")
        if status == 302:
            text = _("Approved.") if form.cleaned_data["approve"] else _("Refused. The requester is told why.")
            messages.success(request, f"{approval.record.number}: {text}")
            following = Approval.objects.answerable_by(request.user).filter(pk__gt=pk).order_by("pk").first()
            return redirect("approvals:question", following.pk) if following else redirect("approvals:list")
        approval.refresh_from_db()
    notices.seen(request.user, approval.record_id)
    reads = Record.objects.in_desk_of(request.user).filter(pk=approval.record_id).exists()
    context = _context(approval, form, person=request.user, files=True) | {
        "shell": scope_of(request.user).shell, "record_url": f"/r/{approval.record.number}" if reads else "",
    }  # fmt: skip
    return render(request, PAGE + "question.html", context, status=status)


def _of_desk(user):
    """Agents read what is asked on the records that they read."""
    if not scope_of(user).is_agent:
        return Approval.objects.none()
    return Approval.objects.filter(record__in=Record.objects.in_desk_of(user).values("pk"))


def _answer(request, approval: Approval, form: AnswerForm, *, person, how: str) -> int:
    """Take the answer; 302 when that worked, else the status of the page with what is wrong."""
    if not form.is_valid():
        return 422
    approve = form.cleaned_data["approve"]
    try:
        services.answer(approval.pk, actor=person, approve=approve, reason=form.cleaned_data["reason"], how=how)
    except IllegalMove as error:
        messages.warning(request, str(error.message))
        return 409
    except NotAllowed as error:
        messages.error(request, str(error.message))
        return 403
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return 422
    return 302


def _context(approval: Approval, form: AnswerForm, *, person, files: bool) -> dict:
    record = approval.record
    mine = approval.state == Approval.State.PENDING and access.may_answer(person, approval, record)
    return {
        "approval": approval, "line": showing.lines([approval])[0], "blocks": showing.blocks(record), "form": form,
        "mine": mine, "over": "" if approval.state == "pending" else services.over_text(approval),
        "instead": approval.approver if approval.approver_id != person.pk else None, **showing.summary(record, files=files),
    }  # fmt: skip


@csrf_exempt  # the signature is the proof, and there is no session whose rights a forged form could use
@require_http_methods(["GET", "POST"])
@never_cache
def by_mail(request, token):
    """The link of a mail. Mail programs look at links before people do: looking asks, only a button answers."""
    found = links.find(token)
    if found is None:
        return render(request, PAGE + "by_mail.html", {"approval": None}, status=404)
    approval, person = found
    if request.user.is_authenticated and request.user.pk != person.pk:
        # A forwarded mail: nobody answers in the name of somebody else, nor reads what they may not.
        context = {"approval": approval, "person": person, "other": request.user}
        return render(request, PAGE + "by_mail.html", context, status=403)
    with override(language_of(person)):
        form, status, done = AnswerForm(request.POST or None), 200, False
        if request.method == "POST":
            status = _answer(request, approval, form, person=person, how="mail")
            done, status = status == 302, 200 if status == 302 else status
            approval = links.find(token)[0]  # type: ignore[index] # found a moment ago
        context = _context(approval, form, person=person, files=False) | {"person": person, "done": done}
        # Who may no longer answer (the absence is over, the circle was left) reads nothing of it either.
        allowed = context["mine"] or approval.decided_by_id == person.pk or approval.approver_id == person.pk
        if not allowed or not _may_read(person, approval.record):
            return render(
                request, PAGE + "by_mail.html", {"approval": approval, "person": person, "closed": True}, status=403
            )
        return render(request, PAGE + "by_mail.html", context, status=status)


def _may_read(person, record: Record) -> bool:
    return Record.objects.visible_to(person).filter(pk=record.pk).exists()
