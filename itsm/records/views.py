"""The one address of anything that has a number, and the download of files."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from . import attachments, numbering, processes
from .models import Approval, Attachment, Record


@login_required
@require_GET
def by_number(request, number):
    """To the page of the record for this reader: the desk's, or the portal's. A merged number leads to its successor."""
    elsewhere = numbering.ADDRESSES.find(number[:3].upper())
    if elsewhere is not None:
        found = elsewhere(request.user, number.upper())
        if found is None:
            raise Http404
        return redirect(found)
    record = Record.objects.visible_to(request.user).filter(number=number.upper()).first()
    if record is None:
        raise Http404
    if record.merged_into_id and request.GET.get("keep") is None:
        target = Record.objects.visible_to(request.user).filter(pk=record.merged_into_id).first()
        record = target or record
    if Record.objects.in_desk_of(request.user).filter(pk=record.pk).exists():
        return redirect(processes.get(record.kind).record_url(record.number))
    if not Record.objects.own_of(request.user).filter(pk=record.pk).exists():
        # Read because it is to be approved, or was: by the page of that question.
        asked = Approval.objects.asked_of(request.user).filter(record_id=record.pk).order_by("-pk").first()
        if asked:
            return redirect("approvals:question", asked.pk)
    return redirect(f"/portal/tickets/{record.number}/")


@login_required
@require_GET
def download(request, pk):
    """A file of a record that one may read; internal files are for agents."""
    attachment = get_object_or_404(Attachment.objects.select_related("record"), pk=pk)
    if not Record.objects.visible_to(request.user).filter(pk=attachment.record_id).exists():
        raise Http404
    if not attachment.public and not Record.objects.in_desk_of(request.user).filter(pk=attachment.record_id).exists():
        raise Http404
    return attachments.response(attachment, inline=request.GET.get("inline") == "1")
