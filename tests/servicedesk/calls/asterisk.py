"""A server that speaks the documented Asterisk Manager Interface as far as a listener and orders need it, by a script."""

import socket
import threading

BANNER = b"Asterisk Call Manager/7.0.3\r\n"


class Asterisk:
    """Accepts one connection after the other. `scripts`: what each connection that asked for events is sent, then it is cut
    (`over` is called with the last one). `channels`: what there is from the second such connection on. `extensions`: those of its
    dialplan, None for any. `received`: every action; of a header that comes more than once, its values by lines.
    """

    def __init__(self, *scripts, user="vigie", secret="s3cret", channels=(), extensions=None):
        self.scripts, self.user, self.secret, self.channels = list(scripts), user, secret, list(channels)
        self.extensions = extensions
        self.received, self.over, self.told = [], lambda: None, 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._server.close()

    def _serve(self):
        while True:
            try:
                line, _address = self._server.accept()
            except OSError:
                return
            with line:
                line.settimeout(5)
                self._talk(line)

    def _talk(self, line):
        line.sendall(BANNER)
        kept, signed_in, hears = b"", False, False
        while True:
            while b"\r\n\r\n" not in kept:
                try:
                    more = line.recv(4096)
                except OSError:
                    return
                if not more:
                    return
                kept += more
            raw, kept = kept.split(b"\r\n\r\n", 1)
            asked: dict[str, str] = {}
            for row in raw.decode().split("\r\n"):
                name, value = row.split(": ", 1)
                asked[name] = f"{asked[name]}\n{value}" if name in asked else value
            self.received.append(asked)
            action, mark = asked["Action"], {"ActionID": asked["ActionID"]}
            if action == "Login":
                signed_in = (asked["Username"], asked["Secret"]) == (self.user, self.secret)
                hears = asked["Events"] != "off"
                if not signed_in:
                    self._say(line, {"Response": "Error", **mark, "Message": "Authentication failed"})
                    return
                self._say(
                    line,
                    {"Event": "FullyBooted", "Status": "Fully Booted"},
                    {"Response": "Success", **mark, "Message": "Authentication accepted"},
                )
            elif not signed_in:
                self._say(line, {"Response": "Error", **mark, "Message": "Permission denied"})
            elif action == "CoreShowChannels":
                self._say(
                    line,
                    {"Response": "Success", **mark, "EventList": "start"},
                    *(
                        {"Event": "CoreShowChannel", **mark, **each}
                        for each in (self.channels if self.told or not hears else ())
                    ),
                    {"Event": "CoreShowChannelsComplete", **mark, "EventList": "Complete"},
                )
                if hears:
                    self.told += 1
                    script = self.scripts.pop(0) if self.scripts else []
                    self._say(line, *script)
                    if not self.scripts:
                        self.over()
                    return
            elif action == "ShowDialPlan" and self.extensions is not None and asked["Extension"] not in self.extensions:
                self._say(
                    line, {"Response": "Error", **mark, "Message": f"Did not find extension {asked['Extension']}"}
                )
            elif action == "Logoff":
                self._say(line, {"Response": "Goodbye", **mark})
                return
            else:
                self._say(line, {"Response": "Success", **mark, "Message": "done"})

    @staticmethod
    def _say(line, *blocks):
        for block in blocks:
            line.sendall(("".join(f"{name}: {value}\r\n" for name, value in block.items()) + "\r\n").encode())


def event(name, call="1700000000.1", channel=None, unique=None, **more):
    fields = {"Event": name, "Privilege": "call,all", "Linkedid": call}
    if channel:
        fields |= {"Channel": channel, "Uniqueid": unique or call}
    return fields | more


def doubled(call):
    """The two ends of a Local channel, which say everything a second time."""
    return [
        event("Newchannel", call, f"Local/4101@queue-0001;{n}", f"{call}{n}", CallerIDNum="4101", Exten="4101", Context="queue") for n in (1, 2)
    ] + [event("BridgeEnter", call, "Local/4101@queue-0001;2", f"{call}2")]  # fmt: skip


def answered(call="1700000000.1", caller="0155000010"):
    """From the first ring until both have hung up, as a queue member takes it."""
    trunk, phone = "PJSIP/trunk-0000000a", "PJSIP/4101-0000000b"
    return [
        event("Newchannel", call, trunk, CallerIDNum=caller, CallerIDName="Jane Doe", Exten="33155000000", Context="from-pstn"),
        event("QueueCallerJoin", call, trunk, Queue="n1", Position="1"),
        *doubled(call),
        event("Newchannel", call, phone, f"{call}9", CallerIDNum="4101", Exten="s", Context="from-internal"),
        event("DialBegin", call, DestChannel=phone, DestUniqueid=f"{call}9", DestCallerIDNum="4101", DialString="4101"),
        event("DialEnd", call, DestChannel=phone, DestCallerIDNum="4101", DialStatus="ANSWER"),
        event("BridgeEnter", call, phone, f"{call}9"),
        event("AgentConnect", call, trunk, Queue="n1", Interface="PJSIP/4101", HoldTime="7"),
    ], [
        event("Hold", call, trunk), event("Unhold", call, trunk),
        event("Hangup", call, "Local/4101@queue-0001;1", f"{call}1", Cause="16"),
        event("Hangup", call, phone, f"{call}9", Cause="16"),
        event("Hangup", call, trunk, Cause="16"),
        {"Event": "Cdr", "UniqueID": call, "Disposition": "ANSWERED", "BillableSeconds": "42", "Source": caller, "Destination": "33155000000"},
    ]  # fmt: skip
