"""What the numbers depend on besides the programs: the device, its driver, the libraries; and when they were made."""

import datetime
import re
import shlex
import subprocess

DRIVER = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]


def device_name(backend):
    """The device's name, as its driver tells it."""
    if backend.device == "cpu":
        return "CPU (to try the program; the times mean nothing)"
    properties = backend.xp.cuda.runtime.getDeviceProperties(backend.xp.cuda.Device().id)
    return properties["name"].decode()


def driver():
    """The driver's version, "unknown" where nvidia-smi is missing."""
    try:
        return subprocess.run(DRIVER, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def facts(backend, command):
    """{what: text} for the head of a report; command: the words after `python -m`."""
    return {"device": device_name(backend), "driver": driver(), "mgnm": backend.software,
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "command": "python -m " + shlex.join(command)}


def slug(name):
    """A device's name as part of a file's name: "NVIDIA H100 80GB HBM3" -> "nvidia-h100-80gb-hbm3"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
