"""Checks what no engine runs here: the compose file's syntax and references, and the Dockerfile's usual mistakes."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
WANTED = {"web", "worker", "beat", "postgres", "redis"}
ENTRY_POINTS = set(re.findall(r"^  (\w+)\)", (ROOT / "deploy" / "entrypoint.sh").read_text(), re.MULTILINE))


def compose() -> list[str]:
    """Services, references between them, volumes, health checks, commands that the entry point knows."""
    lint = [
        sys.executable,
        "-m",
        "yamllint",
        "-d",
        "{extends: relaxed, rules: {line-length: {max: 160}}}",
        "docker-compose.yml",
    ]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True)
    found = done.stdout.strip().splitlines() if done.returncode else []
    data = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = data["services"]
    found += [f"no service {name}" for name in sorted(WANTED - set(services))]
    for name, spec in services.items():
        found += [
            f"{name} depends on an unknown {other}" for other in spec.get("depends_on", {}) if other not in services
        ]
        if not ({"image", "build"} & set(spec)):
            found.append(f"{name} has neither image nor build")
        if "build" in spec and spec.get("command") not in ENTRY_POINTS:
            found.append(f"{name}: the entry point does not know {spec.get('command')!r}")
        named = [v.split(":")[0] for v in spec.get("volumes", []) if not v.startswith((".", "/"))]
        found += [f"{name} mounts an undeclared volume {v}" for v in named if v not in data.get("volumes", {})]
    for other, condition in (
        (o, c["condition"]) for s in services.values() for o, c in s.get("depends_on", {}).items()
    ):
        if condition == "service_healthy" and "healthcheck" not in services[other]:
            found.append(f"{other} is waited for but has no health check")
    return found


def dockerfile() -> list[str]:
    """A tag on every image, no root at run time, no latest, copied files that exist."""
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    found = [f"no tag on {image}" for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE) if ":" not in image]
    found += ["an image is :latest"] if ":latest" in text else []
    if not re.search(r"^USER (?!root)\w+", text, re.MULTILINE):
        found.append("runs as root")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        found += [
            f"COPY of a missing {name}" for name in line.split()[:-1] if name != "." and not (ROOT / name).exists()
        ]
    return found


if __name__ == "__main__":
    faults = [f"docker-compose.yml: {text}" for text in compose()] + [f"Dockerfile: {text}" for text in dockerfile()]
    print("\n".join(faults) or "compose file and Dockerfile are sound as far as can be told without an engine")
    sys.exit(1 if faults else 0)
