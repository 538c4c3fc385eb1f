"""One contestant in a process of its own, which waits to be asked: `python -m benchmarks.gpu.worker mgnm S gpu`.

Requests come as lines of JSON, one answer goes out for each; a first answer says that the contestant is there.

    ["warm"]            compile, tune, capture; {"peak_bytes"}
    ["results", FILE]   writes the results of CHECKED chunks to FILE; {}
    ["turn"]            times iterations from the start of the episode; {"device_seconds", "wall_seconds", "losses"}

A fault is answered by {"error": one line}, and ends the process. So a contestant that breaks its CUDA context breaks
nobody else's, and no two libraries share a process.
"""

import json
import os
import sys
import time
import traceback
from itertools import islice

import numpy as np

from benchmarks.common.nets import NETS

from .backend import Stopwatch
from .contestants import contestant

CHECKED = 2                                     # chunks whose results are compared: the second begins with a memory
WARM_UP, FEWEST, MOST = 3, 3, 20                # iterations of a turn: untimed; timed
SECONDS = 3                                     # after so long a turn ends, once it has the fewest


class Worker:
    """A contestant, its backend, and the chunks that it sees on every turn."""

    def __init__(self, player, backend, net):
        self.player, self.backend = player, backend
        self.chunks = list(islice(net.chunks(), WARM_UP + MOST))

    def warm(self):
        """Compile and tune; then measure the memory of what comes next."""
        self.player.begin()
        self.player.prepare(*self.chunks[0])
        self.player.iterate()
        with self.backend.peak() as memory:
            self.player.settle()
            self.backend.synchronise()
        return {"peak_bytes": memory.bytes}

    def results(self, path):
        """Write what all contestants must agree on."""
        self.player.begin()
        results = []
        for chunk in self.chunks[:CHECKED]:
            self.player.prepare(*chunk)
            self.player.iterate()
            results.append(self.player.result())
        save(path, results)
        self.backend.release()
        return {}

    def turn(self):
        """Time iterations, each between two moments at which the device is idle."""
        watch, times, losses = Stopwatch(self.backend), [], []
        ends = time.monotonic() + SECONDS
        self.player.begin()
        for number, chunk in enumerate(self.chunks):
            self.player.prepare(*chunk)
            watch.start()
            self.player.iterate()
            times.append(watch.stop())
            losses.append(float(self.player.loss))
            if number + 1 >= WARM_UP + FEWEST and time.monotonic() > ends:
                break
        self.backend.release()
        return {what: [seconds[what] for seconds in times[WARM_UP:]] for what in times[0]} | {"losses": losses}


def save(path, results):
    """[(logits, loss, {name: gradient})] as one .npz file."""
    arrays = {}
    for number, (logits, loss, gradients) in enumerate(results):
        arrays |= {f"{number}/logits": logits, f"{number}/loss": loss}
        arrays |= {f"{number}/gradient/{name}": gradient for name, gradient in gradients.items()}
    np.savez(path, **arrays)


def load(path):
    """What `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    return [(arrays[f"{number}/logits"], arrays[f"{number}/loss"],
             {name.split("/", 2)[2]: array for name, array in arrays.items() if name.startswith(f"{number}/gradient/")})
            for number in range(CHECKED)]


def serve(make, requests, answers):
    """Answer every request; 0 at their end, 1 after a fault. make(): the Worker."""
    def answer(content):
        print(json.dumps(content), file=answers, flush=True)

    try:
        worker = make()
        answer({"software": worker.backend.software})
        for line in requests:
            what, *arguments = json.loads(line)
            answer(getattr(worker, what)(*arguments))
    except Exception as error:                              # of any backend, whatever it is called there
        traceback.print_exc()
        answer({"error": one_line(error)})
        return 1
    return 0


def one_line(error):
    """What an exception says, first line only."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def main(name, net, device):
    """Serve on standard input and output; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return serve(lambda: Worker(*contestant(name, NETS[net], device), NETS[net]), sys.stdin, answers)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
