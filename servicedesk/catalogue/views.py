"""The catalogue in the portal: look through it, fill in a form, order at once or put it in the basket."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.scope import scope_of

from .. import once
from . import basket, kept, ordering, pictures, posted
from .audience import people_near
from .drawing import questions
from .form.shape import Field
from .lookups import Lookups
from .models import BasketLine, CatalogueItem
from .ordering import Line, Offer, offered
from .prefill import first_answers
from .shelves import delay, price, shelves_for

PAGE = "servicedesk/catalogue/"


@login_required
@require_GET
def catalogue(request):
    """Everything that the reader may order, by shelf; or what their words find."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    only = request.GET.get("shelf", "").replace("\x00", "")[:60]
    try:
        person = _named(request)
    except DomainError as error:
        messages.error(request, str(error))
        person = request.user
    other = person.pk != request.user.pk
    shelves = shelves_for(person, words, only, orderer=request.user)
    context = {
        "shelves": shelves, "q": words, "only": only, "found": sum(len(shelf.cards) for shelf in shelves),
        "in_basket": basket.count_of(request.user), "person": person if other else None,
        "told": _told(person) if other else "",
    }  # fmt: skip
    return render(request, PAGE + "catalogue.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def item(request, key):
    """One item: what it is, what it costs, its form. A refused form keeps everything that was typed."""
    row = _row(request)
    try:
        requester = row.requester if row else _requester(request, key)
    except DomainError as error:
        offer = offered(key, orderer=request.user, requester=request.user)
        if request.method == "POST":  # whom it was for has left meanwhile: nothing is ordered, what was typed stays
            given = posted.answers_of(request.POST, offer.form)
            return _page(request, offer, given, row=None, count=1, errors={"": str(error)}, status=422)
        messages.error(request, str(error))
        requester = request.user
    offer = offered(key, orderer=request.user, requester=requester)
    if request.method == "POST":
        return _posted(request, offer, row)
    if row and row.item_version.item_id == offer.item.pk:
        values, count = basket.given_of(row, offer), row.quantity
    else:
        today = timezone.localdate(now())
        values = first_answers(
            offer.form, orderer=request.user, requester=requester, lookups=offer.lookups, today=today
        )
        count = 1
    return _page(request, offer, values, row=row, count=count)


def _posted(request, offer: Offer, row: BasketLine | None):
    key = once.key(request.user, "catalogue", request.POST.get("token", ""))
    wants = request.POST.get("act") == "basket"
    given = posted.answers_of(request.POST, offer.form)
    files, wrong_files = posted.files_of(request.FILES, offer.form, basket.files_of(row) if row else None)
    given |= {question: [each.name for each in kept] for question, kept in files.items()}
    found, count, wrong_count = ordering.decide(offer, given, request.POST.get("quantity", "1"))
    errors = {name: text for name, text in (found.errors | wrong_files).items() if name in found.shown}
    files = {name: kept for name, kept in files.items() if name in found.shown}
    if not errors and not wrong_count:
        made = once.claim(key)
        if made:
            return redirect(made)
        try:
            where = _done(request, offer, Line(offer.version, offer.requester, found.answers, count, files), row, wants)
        except DomainError as error:
            once.release(key)
            errors[""] = str(error)
        except Exception:
            once.release(key)
            raise
        else:
            once.keep(key, where)
            return redirect(where)
    count_typed = request.POST.get("quantity", "1")[:4] if wrong_count else count
    return _page(
        request, offer, given, row=row, count=count_typed, errors=errors, wrong_count=wrong_count,
        again=bool(request.FILES), status=422,
    )  # fmt: skip


def _done(request, offer: Offer, line: Line, row: BasketLine | None, wants: bool) -> str:
    """Order, or keep in the basket. Where to go then."""
    if wants or row:
        basket.keep(offer, line, actor=request.user, row=row)
        messages.success(request, _("“%(name)s” is in your basket.") % {"name": offer.item.name})
        return "/portal/basket/"
    number, _requests = ordering.place([line], actor=request.user)
    return f"/portal/orders/{number}/"


def _page(request, offer: Offer, values, *, row, count, errors=None, wrong_count="", again=False, status=200):
    errors = errors or {}
    at, other = f"/portal/catalogue/{offer.item.key}/", offer.requester.pk != request.user.pk
    told = _told(offer.requester) if other else ""
    asked = questions(
        offer.form, values, lookups=offer.lookups, today=timezone.localdate(now()), errors=errors, at=at,
        told=told, lasting=True,
    )  # fmt: skip
    context = {
        "item": offer.item, "version": offer.version, "questions": asked, "row": row, "count": count,
        "wrong_count": wrong_count, "errors": errors, "wrong": [each for each in asked if each.error],
        "requester": offer.requester, "for_other": other, "told": told,
        "price": price(offer.item.cost, offer.item.monthly_cost), "delay": delay(offer.item.delay_days),
        "token": request.POST.get("token") or get_random_string(24), "again": again and bool(errors or wrong_count),
        "has_conditions": any(q.shown_if or q.required_if for q in asked),
        "approvers": kept.approvers_of(offer.version), "steps": kept.steps_of(offer.version),
        "in_basket": basket.count_of(request.user), "picks": any(q.pick for q in asked) or offer.item.for_others,
    }  # fmt: skip
    return render(request, PAGE + "item.html", context, status=status)


def _requester(request, key: str):
    """For whom this item is ordered: oneself, or somebody whom the person may order for."""
    found = _named(request)
    if found.pk == request.user.pk:
        return found
    if not CatalogueItem.objects.meant_for(found).filter(key=key, for_others=True).exists():
        raise DomainError(_("This is not offered to %(name)s.") % {"name": found.display_name}, field="for")
    return found


def _told(person) -> str:
    """What the addresses of the catalogue carry on when it is for somebody else."""
    return "?" + urlencode({"for": person.username})


def _named(request):
    """Whom an address or a form names to order for; DomainError for anybody unknown."""
    login = (request.POST.get("for") or request.GET.get("for") or "").replace("\x00", "").strip()[:150]
    if not login or login == request.user.username:
        return request.user
    found = people_near(request.user).filter(username__iexact=login.split(" ")[0]).first()
    if found is None:
        # A person nobody is called so: said in words, the form stays for oneself.
        raise DomainError(_("Nobody whom you may order for is called “%(name)s”.") % {"name": login}, field="for")
    return found


def _row(request) -> BasketLine | None:
    """The line of the basket that is being changed; 404 for anybody else's."""
    text = request.POST.get("line") or request.GET.get("line") or ""
    if not text:
        return None
    pk = whole(text)
    if pk is None:
        raise Http404
    return get_object_or_404(basket.rows_of(request.user), pk=pk)


@login_required
@require_GET
def pick(request, key, question):
    """What a picker of the form offers."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    try:
        requester = _requester(request, key)
    except DomainError as error:
        raise Http404 from error
    offer = offered(key, orderer=request.user, requester=requester)
    asked = offer.form.get(question)
    if asked is None:
        raise Http404
    found = offer.lookups.search(asked, words)
    return render(request, "servicedesk/desk/_options.html", {"options": found, "short": not words})


@login_required
@require_GET
def people(request):
    """People to order for, by name."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    allowed = scope_of(request.user).may("portal.use")
    found = Lookups(request.user, request.user).search(Field("for", "person", {}), words) if allowed else []
    return render(request, "servicedesk/desk/_options.html", {"options": found, "short": not words})


@login_required
@require_GET
def picture(request, key):
    """The picture of an item, for those who may see the item."""
    rows = CatalogueItem.objects.meant_for(request.user) | CatalogueItem.objects.kept_by(request.user)
    found = get_object_or_404(rows.exclude(picture=""), key=key)
    if request.headers.get("If-None-Match") == pictures.tag(found):
        return HttpResponseNotModified()
    return pictures.response(found)
