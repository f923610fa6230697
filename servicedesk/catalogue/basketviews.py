"""The basket and what became of an order."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.people.directory import names_of

from .. import once
from ..portal.rows import state_of
from ..requests.models import Request
from . import basket, ordering
from .form.presenting import lines
from .form.reading import parse
from .lookups import names
from .shelves import price

PAGE = "servicedesk/catalogue/"


@login_required
@require_http_methods(["GET", "POST"])
def shown(request):
    """What is about to be ordered; sent, everything is ordered at once, or nothing is."""
    if request.method == "POST":
        return _order(request)
    return _page(request)


def _page(request, problem: str = "", status: int = 200):
    found = basket.standings(request.user)
    rows = [
        {
            "standing": each, "item": each.row.item_version.item, "row": each.row,
            "lines": lines(parse(each.row.item_version.form), each.row.answers, names),
            "price": price(each.row.item_version.item.cost, each.row.item_version.item.monthly_cost),
            "other": each.row.requester.display_name if each.row.requester_id != request.user.pk else "",
            "files": [file.name for file in each.row.files.all()],
        }
        for each in found
    ]  # fmt: skip
    once_, monthly = ordering.costs([each.line for each in found])
    context = {
        "rows": rows, "total": price(once_, monthly) if once_ or monthly else "", "problem": problem,
        "stuck": any(each.problem for each in found), "token": get_random_string(24),
        "kept_until": basket.kept_until([each.row for each in found]),
    }  # fmt: skip
    return render(request, PAGE + "basket.html", context, status=status)


def _order(request):
    key = once.key(request.user, "basket", request.POST.get("token", ""))
    made = once.claim(key)
    if made:
        return redirect("portal:order", number=made)
    try:
        number, _requests = basket.order(actor=request.user)
    except DomainError as error:
        once.release(key)
        return _page(request, str(error), 422)
    once.keep(key, number)
    return redirect("portal:order", number=number)


@login_required
@require_POST
def drop(request, pk):
    """Take one line out."""
    row = get_object_or_404(basket.rows_of(request.user), pk=pk)
    basket.drop(row, actor=request.user)
    messages.success(request, _("“%(name)s” is out of your basket.") % {"name": row.item_version.item.name})
    return redirect("portal:basket")


@login_required
@require_GET
def order(request, number):
    """What was ordered under one number: a request a line, each with what happens next."""
    own = Request.objects.filter(Q(opened_by=request.user) | Q(requester=request.user), basket=number)
    found = list(own.select_related("item_version__item").order_by("pk")) if number.startswith("ORD") else []
    if not found:
        raise Http404
    people = names_of({each.requester_id for each in found} - {request.user.pk})
    rows = [
        {
            "request": each, "url": f"/portal/tickets/{each.number}/", "other": people.get(each.requester_id, ""),
            "state": state_of(each.kind, each.state, asks=False), "item": each.item_version.item if each.item_version else None,
        }
        for each in found
    ]  # fmt: skip
    return render(request, PAGE + "order.html", {"rows": rows, "number": number})
