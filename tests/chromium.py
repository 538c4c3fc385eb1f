"""A headless Chromium that opens a page, is given keys and the mouse, and says what the page says, by the standard library.

It is driven through a pipe (`--remote-debugging-pipe`): messages of the DevTools protocol, JSON with a 0 byte after each.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe")
PROMISED = "MGNM_BROWSER"       # set by .ci/run: there is a browser, and a test that finds none fails
PATIENCE = 120                  # seconds until a browser that says nothing is ended

# The browser reads from file 3 and writes to file 4.
START = """import os, sys
ends = [os.dup(int(number)) for number in sys.argv[1:3]]
for number in (3, 4):
    if number in ends:
        ends[ends.index(number)] = os.dup(number)
for number, end in zip((3, 4), ends):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


def installed():
    """The path of a browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A browser with one page. profile: an empty folder. errors: what the page logged and threw; requests: addresses that
    it asked for."""

    def __init__(self, profile):
        (read, its_write), (its_read, write) = os.pipe(), os.pipe()
        command = [sys.executable, "-c", START, str(its_read), str(its_write), installed(), *FLAGS,
                   f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(command, pass_fds=(its_read, its_write), start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(its_read)
        os.close(its_write)
        self.read, self.write = open(read, "rb", buffering=0), open(write, "wb", buffering=0)
        self.rest, self.count, self.session = b"", 0, None
        self.errors, self.requests, self.loaded = [], [], False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{part}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)         # the browser and all its helpers, a group of their own
        self.process.wait()
        self.read.close()
        self.write.close()

    def call(self, method, **parameters):
        """The result of a command."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.write.write(json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self.count:
            self._note(answer)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def open(self, path):
        """Open a file, and wait until it is there."""
        self.loaded = False
        self.call("Page.navigate", url=path.absolute().as_uri())
        while not self.loaded:
            self._note(self._receive())

    def run(self, script):
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key):
        """A key, down and up, as a hand does it."""
        code = {"PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def point(self, x, y):
        """Move the mouse."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x, y):
        """Press the left button and let it go."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _receive(self):
        timeout = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            assert time.monotonic() < timeout, "the browser says nothing"
            part = os.read(self.read.fileno(), 1 << 20)
            assert part, "the browser has ended"
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        method, told = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown" or method == "Log.entryAdded" or (
                method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert")):
            self.errors.append(told)
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
