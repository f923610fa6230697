import io
import json

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

SURROGATE = b"\\ud"


class SaneJSONParser(JSONParser):
    """JSON whose nesting no parser survives, or whose text no answer could repeat, is a client's error, not ours."""

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read()
        try:
            data = super().parse(io.BytesIO(body), media_type=media_type, parser_context=parser_context)
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error
        if SURROGATE in body.lower():
            _refuse_lone_surrogates(data)
        return data


def _refuse_lone_surrogates(data) -> None:
    """Half of a UTF-16 pair is no character: it can be neither kept nor shown in the message that refuses it."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ParseError(_("The text holds half a character (a lone surrogate).")) from error
