"""The mappings that every installation starts with; what a site changed stays as it is."""

from typing import Any

from .models import EventMapping

DEAD = ["InstanceDown", "HostDown", "NodeDown", "TargetDown", "NodeUnreachable", "KubeNodeUnreachable"]
NAMES = [
    "{labels.itsm_ci}", "{labels.ci}", "{labels.hostname}", "{labels.host}", "{labels.node}", "{labels.nodename}", "{labels.instance}",
]  # fmt: skip
ALERTS: dict[str, Any] = {
    "each": "alerts",
    "fields": {
        "key": "{fingerprint}", "group": "{labels.alertname}", "severity": "{labels.severity}", "status": "{status}",
        "title": ["{annotations.summary}", "{annotations.title}", "{labels.alertname}"], "body": ["{annotations.description}", "{annotations.message}"],
        "item": NAMES, "at": "{startsAt}", "ended": "{endsAt}", "url": ["{generatorURL}", "{$.externalURL}"],
        "runbook_url": "{annotations.runbook_url}", "labels": ["labels"],
    },
    "over": ["resolved"],
    "down": [[{"path": "labels.alertname", "how": "in", "value": DEAD}]],
}  # fmt: skip
TYPE, HOST = "type|NOTIFICATIONTYPE|notificationtype", "host|HOSTNAME|hostname"
MAPPINGS: list[tuple[str, str, int, dict]] = [
    ("alertmanager", "Prometheus Alertmanager", 10, {
        **ALERTS, "detect": [{"path": "alerts", "how": "filled"}, {"path": "version", "how": "equals", "value": "4"}],
    }),
    ("grafana", "Grafana", 20, {
        **ALERTS, "detect": [{"path": "alerts", "how": "filled"}, {"path": "orgId", "how": "filled"}],
        "fields": {**ALERTS["fields"], "body": ["{annotations.description}", "{annotations.message}", "{valueString}"],
                   "url": ["{panelURL}", "{dashboardURL}", "{generatorURL}", "{$.externalURL}"]},
    }),
    ("icinga", "Icinga, Nagios", 30, {
        "detect": [{"path": TYPE, "how": "filled"}, {"path": HOST, "how": "filled"}],
        "fields": {
            "key": [f"{{{HOST}}}!{{service|SERVICEDESC|servicedesc}}", f"{{{HOST}}}"], "group": "{service|SERVICEDESC|servicedesc}",
            "severity": ["{state|SERVICESTATE|servicestate}", "{host_state|HOSTSTATE|hoststate}"], "status": f"{{{TYPE}}}",
            "title": ["{service|SERVICEDESC|servicedesc}: {output|SERVICEOUTPUT|serviceoutput}", f"{{{HOST}}}: {{output|HOSTOUTPUT|hostoutput}}", f"{{{HOST}}} {{state|host_state|HOSTSTATE}}"],
            "body": ["{output|SERVICEOUTPUT|serviceoutput|HOSTOUTPUT|hostoutput}"],
            "item": ["{ci|CI}", f"{{{HOST}}}", "{display|HOSTALIAS}"], "address": "{address|HOSTADDRESS|hostaddress}",
            "at": "{timet|TIMET}", "sent": "{timet|TIMET}",
        },
        "levels": {"UNKNOWN": "minor", "WARNING": "warning", "CRITICAL": "critical", "DOWN": "critical", "UNREACHABLE": "critical"},
        "over": ["RECOVERY", "OK", "UP"],
        "skip": [{"path": TYPE, "how": "in", "value": [
            "ACKNOWLEDGEMENT", "CUSTOM", "DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMEREMOVED", "DOWNTIMECANCELLED", "FLAPPINGSTART",
            "FLAPPINGEND", "FLAPPINGSTOP", "FLAPPINGDISABLED"]}],
        "down": [[{"path": "service|SERVICEDESC|servicedesc", "how": "empty"},
                  {"path": "host_state|HOSTSTATE|hoststate|state", "how": "in", "value": ["DOWN", "UNREACHABLE"]}]],
    }),
    ("zabbix", "Zabbix", 40, {
        "detect": [{"path": "event_id|eventid|EVENT.ID", "how": "filled"},
                   {"path": "event_value|EVENT.VALUE|event_nseverity|EVENT.NSEVERITY", "how": "filled"}],
        "fields": {
            "key": ["{host_host|host|HOST.HOST|host_name}!{trigger_id|TRIGGER.ID|event_id|eventid|EVENT.ID}", "{event_id|eventid|EVENT.ID}"],
            "group": "{event_name|EVENT.NAME|trigger_name|TRIGGER.NAME}",
            "severity": "{event_nseverity|EVENT.NSEVERITY|event_severity|trigger_severity}", "status": "{event_value|EVENT.VALUE}",
            "title": ["{event_name|EVENT.NAME|trigger_name|TRIGGER.NAME}", "{alert_subject|subject}"], "body": ["{alert_message|message|event_opdata}"],
            "item": ["{ci}", "{host_host|host|HOST.HOST}", "{host_name|HOST.NAME}"], "address": "{host_ip|HOST.IP|host_conn}",
            "url": "{event_url|url}", "at": "{event_time|timestamp}",
        },
        "levels": {"0": "info", "1": "info", "2": "warning", "3": "minor", "4": "major", "5": "critical"},
        "over": ["0"],
        "skip": [{"path": "event_update_status|EVENT.UPDATE.STATUS", "how": "equals", "value": "1"}],
    }),
    ("check", "Host, service, state", 50, {
        "detect": [{"path": "host", "how": "filled"}, {"path": "state", "how": "filled"}],
        "fields": {
            "key": ["{host}!{service}", "{host}"], "group": "{service}", "severity": "{state}", "status": "{state}", "title": ["{service} {state}", "{host} {state}"],
            "body": "{output}", "item": ["{ci}", "{host}"], "address": "{address}",
        },
        "over": ["up", "ok"], "down": [[{"path": "service", "how": "empty"}, {"path": "state", "how": "equals", "value": "down"}]],
    }),
    ("generic", "JSON: source, key, ci, severity, title, body, status, at", 900, {
        "detect": [],
        "fields": {
            "source": "{source}", "key": "{key}", "item": ["{ci}", "{item}", "{host}"], "address": "{address}", "severity": "{severity}",
            "title": ["{title}", "{summary}", "{message}"], "body": ["{body}", "{description}"], "status": "{status}", "at": "{at|time|timestamp}",
            "sent": "{at|time|timestamp}", "group": "{group}", "url": "{url}", "runbook_url": "{runbook_url}", "labels": ["labels"],
        },
        "over": ["resolved"], "down": [[{"path": "down", "how": "equals", "value": "true"}]],
    }),
]  # fmt: skip


def ensure_default_mappings() -> None:
    """Only adds what is missing."""
    for code, name, position, spec in MAPPINGS:
        EventMapping.objects.get_or_create(code=code, defaults={"name": name, "position": position, "spec": spec})
