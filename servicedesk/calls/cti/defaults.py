"""The mappings that the product brings. A row of CallMapping with the same code takes the place of one."""

from typing import Any

# What exchanges call what happens, in lower case: the verb, and the cause where the word says one.
EVENTS = {
    "newcall": "ring", "new_call": "ring", "new-call": "ring", "call": "ring", "ring": "ring", "ringing": "ring", "incoming": "ring", "incoming_call": "ring",
    "outgoing": "ring", "outgoing_call": "ring", "start": "ring", "started": "ring", "initiated": "ring", "alerting": "ring", "invite": "ring",
    "call_start": "ring", "callstart": "ring", "offered": "ring",
    "queue": "queue", "queued": "queue", "enqueue": "queue", "queuejoin": "queue", "queue_join": "queue",
    "answer": "answer", "answered": "answer", "connect": "answer", "connected": "answer", "established": "answer", "accept": "answer", "accepted": "answer",
    "call_answered": "answer", "up": "answer", "talking": "answer", "in-progress": "answer",
    "hold": "hold", "held": "hold", "onhold": "hold", "on_hold": "hold",
    "unhold": "resume", "resume": "resume", "resumed": "resume", "retrieve": "resume", "retrieved": "resume",
    "transfer": "transfer", "transferred": "transfer",
    "dtmf": "key", "digit": "key", "digits": "key", "key": "key", "menu": "key",
    "hangup": "hangup", "hang_up": "hangup", "hungup": "hangup", "end": "hangup", "ended": "hangup", "completed": "hangup", "disconnect": "hangup",
    "disconnected": "hangup", "bye": "hangup", "released": "hangup", "terminated": "hangup", "call_end": "hangup", "callend": "hangup",
    "cancel": "hangup:cancel", "canceled": "hangup:cancel", "cancelled": "hangup:cancel", "abandon": "hangup:cancel", "abandoned": "hangup:cancel",
    "busy": "hangup:busy", "missed": "hangup:noAnswer", "no-answer": "hangup:noAnswer", "noanswer": "hangup:noAnswer", "failed": "hangup:congestion",
    "rejected": "hangup:rejected", "voicemail": "voicemail",
}  # fmt: skip
# Causes by name, by SIP status, by Q.850: ours are those of the generic push.
CAUSES = {
    "normalclearing": "normalClearing", "normal_clearing": "normalClearing", "normal clearing": "normalClearing", "normal": "normalClearing",
    "completed": "normalClearing", "answered": "normalClearing", "accepted": "normalClearing", "bye": "normalClearing", "200": "normalClearing", "16": "normalClearing", "31": "normalClearing",
    "busy": "busy", "user_busy": "busy", "486": "busy", "600": "busy", "17": "busy",
    "cancel": "cancel", "cancelled": "cancel", "canceled": "cancel", "originator_cancel": "cancel", "487": "cancel", "26": "cancel",
    "noanswer": "noAnswer", "no-answer": "noAnswer", "no_answer": "noAnswer", "no_user_response": "noAnswer", "missed": "noAnswer", "timeout": "noAnswer", "408": "noAnswer",
    "480": "noAnswer", "18": "noAnswer", "19": "noAnswer", "recovery_on_timer_expire": "noAnswer",
    "congestion": "congestion", "failed": "congestion", "chanunavail": "congestion", "normal_temporary_failure": "congestion", "500": "congestion", "502": "congestion", "503": "congestion", "504": "congestion", "34": "congestion", "41": "congestion",
    "42": "congestion",
    "notfound": "notFound", "not_found": "notFound", "unallocated_number": "notFound", "unknown": "notFound", "404": "notFound", "410": "notFound", "484": "notFound", "604": "notFound", "1": "notFound",
    "rejected": "rejected", "call_rejected": "rejected", "blocked": "rejected", "403": "rejected", "603": "rejected", "21": "rejected",
    "forwarded": "forwarded", "302": "forwarded", "voicemail": "voicemail",
}  # fmt: skip
DIRECTIONS = {
    "in": "in", "inbound": "in", "incoming": "in", "inboundcall": "in", "i": "in", "out": "out", "outbound": "out", "outgoing": "out", "o": "out",
    "outbound-api": "out", "outbound-dial": "out",
}  # fmt: skip
GENERIC: dict[str, Any] = {
    "detect": [],
    "fields": {
        "event": ["event", "Event", "event_type", "eventType", "type", "action", "call_event", "state", "status", "call_status"],
        "call_id": ["callId", "call_id", "callid", "CallID", "call-id", "call.id", "uuid", "call_uuid", "uniqueid", "linkedid", "session_id", "sessionId", "xcid"],
        "from": ["from", "From", "caller", "caller_id", "callerId", "callerid", "caller_number", "callerNumber", "calling", "ani", "cli", "src", "source", "call.from", "remote_number"],
        "to": ["to", "To", "called", "callee", "called_number", "calledNumber", "did", "ddi", "dnis", "dst", "destination", "call.to"],
        "direction": ["direction", "Direction", "call_direction", "call.direction"],
        "users": ["user[]", "user", "users", "fullUserId[]", "fullUserId", "userId[]", "userId", "agent", "agent_id", "operator", "extension", "ext", "peer"],
        "answered_by": ["answeringNumber", "answering_number", "answered_by", "user", "agent", "operator", "extension", "ext", "peer"],
        "cause": ["cause", "hangup_cause", "hangupCause", "reason", "disposition", "dialstatus"],
        "queue": ["queue", "queue_name", "queueName", "group", "hunt_group"],
        "name": ["callerName", "caller_name", "calleridname", "display_name", "cnam", "name"],
        "keys": ["dtmf", "digits", "digit", "key", "keys", "pressed"],
        "duration": ["duration", "talk_time", "talkTime", "billsec", "billable_seconds"],
        "at": ["at", "time", "timestamp", "date", "event_time", "eventTime"],
    },
    "events": EVENTS, "causes": CAUSES, "directions": DIRECTIONS,
}  # fmt: skip
TWILIO: dict[str, Any] = {
    **GENERIC,
    "detect": [{"path": "CallSid", "how": "filled"}, {"path": "CallStatus", "how": "filled"}],
    "fields": {
        "event": ["CallStatus"], "call_id": ["ParentCallSid", "CallSid"], "from": ["From", "Caller"], "to": ["To", "Called"], "direction": ["Direction"],
        "answered_by": ["Called"], "cause": ["CallStatus"], "name": ["CallerName"], "keys": ["Digits"], "duration": ["CallDuration"], "at": ["Timestamp"],
    },
}  # fmt: skip
FREESWITCH: dict[str, Any] = {
    **GENERIC,
    "detect": [{"path": "Event-Name", "how": "filled"}],
    "fields": {
        "event": ["Event-Name"], "call_id": ["Channel-Call-UUID", "variable_call_uuid", "Unique-ID"], "from": ["Caller-Caller-ID-Number"],
        "to": ["Caller-Destination-Number"], "direction": ["Call-Direction", "variable_direction"], "answered_by": ["Caller-Callee-ID-Number", "variable_dialed_user"],
        "cause": ["Hangup-Cause", "variable_hangup_cause"], "queue": ["CC-Queue", "variable_cc_queue"], "name": ["Caller-Caller-ID-Name"],
        "keys": ["DTMF-Digit"], "duration": ["variable_billsec"], "at": ["Event-Date-GMT"],
    },
    "events": {
        "channel_create": "ring", "channel_answer": "answer", "channel_bridge": "answer", "channel_hold": "hold", "channel_unhold": "resume",
        "channel_hangup": "hangup", "channel_hangup_complete": "hangup", "dtmf": "key",
    },
}  # fmt: skip
PLACETEL: dict[str, Any] = {
    **GENERIC,
    "detect": [{"path": "event", "how": "in", "value": ["IncomingCall", "OutgoingCall", "CallAccepted", "HungUp"]}],
    "fields": {**GENERIC["fields"], "cause": ["type"], "event": ["event"]},
    "events": {"incomingcall": "ring", "outgoingcall": "ring", "callaccepted": "answer", "hungup": "hangup"},
    "directions": {**DIRECTIONS, "": "in"},
}  # fmt: skip
MAPPINGS: list[tuple[str, str, int, dict]] = [
    ("twilio", "Twilio Voice", 10, TWILIO),
    ("freeswitch", "FreeSWITCH", 20, FREESWITCH),
    ("placetel", "Placetel", 30, PLACETEL),
    ("generic", "event, callId, from, to, direction (Kamailio, sipgate.io, Zammad CTI, ...)", 900, GENERIC),
]
