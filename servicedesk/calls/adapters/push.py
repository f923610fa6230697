"""An exchange that pushes to our door and takes orders at an address of its own, as JSON:

    {"action", "callId", "reference": "CAL0000042", "number"?, "extension"?, "queue"?}

signed with `X-Vigie-Signature: sha256=<HMAC of the body>` where a secret was agreed. It may answer `{"callId": ...}`.
"""

import hashlib
import hmac
import http.client
import json

from itsm.gateway.webhooks import reaching
from servicedesk.calls.models import Call

from .base import Adapter, NotTaken, register

SECONDS = 8


@register
class PushAdapter(Adapter):
    """HTTP in both directions."""

    kind = "push"

    def order(self, call: Call, action: str, facts: dict) -> str:
        """One POST; anything but a 2xx is a refusal."""
        if not self.exchange.order_url:
            raise NotTaken("no address for orders")
        body = json.dumps({"action": action, "callId": call.call_id, "reference": call.number, **facts}).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Vigie-Calls/1"}
        secret = self.secret(self.exchange.order_secret)
        if secret:
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Vigie-Signature"] = f"sha256={digest}"
        try:
            answer = reaching.call(
                "POST", self.exchange.order_url, body, headers, allow_private=True, total_seconds=SECONDS
            )
        except (reaching.Refused, OSError, http.client.HTTPException) as error:
            raise NotTaken(str(error) or type(error).__name__) from error
        if not 200 <= answer.status < 300:
            raise NotTaken(f"HTTP {answer.status}")
        return _id_of(answer.text)


def _id_of(text: str) -> str:
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return ""
    found = (told.get("callId") or told.get("call_id") or "") if isinstance(told, dict) else ""
    return str(found)[:200]
