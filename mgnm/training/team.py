"""The shards of a batch on as many processes as there are cores.

NumPy keeps one core busy; two processes over halves of the batch are nearly twice as fast, and faster than two threads
(which share the interpreter's lock). All processes see the same parameters in shared memory and write their gradients
there. The sum over shards is taken in a fixed order, so the number of processes does not change a single bit.
"""

import ctypes
import multiprocessing
import signal
import threading
import traceback
from contextlib import contextmanager

import numpy as np
from threadpoolctl import threadpool_limits

from ..errors import UserError
from ..networks import build
from ..tasks import Exploration, build_task
from .actor_critic import ActorCriticShard
from .shard import Shard

C_TYPES = {"float32": ctypes.c_float, "float64": ctypes.c_double}


class Group:
    """The shards of one process, which share a network and take turns with it. Their gradients go into `grads[shard]`."""

    def __init__(self, network, task, settings, indices, grads):
        self.network, self.grads = network, grads
        kind = ActorCriticShard if isinstance(task, Exploration) else Shard
        self.shards = {k: kind(network, task, settings, k) for k in indices}

    def step(self):
        """{shard: (loss, Scores, observed statistics)}, after every shard did one chunk."""
        results = {}
        for k, shard in self.shards.items():
            results[k] = *shard.step(), self.network.observed.copy()
            self.grads[k][...] = self.network.grads
        return results

    def snapshot(self):
        """{shard: what it needs to go on}."""
        return {k: shard.snapshot() for k, shard in self.shards.items()}

    def restore(self, snapshots):
        """Let every shard go on from its snapshot."""
        for k, shard in self.shards.items():
            shard.restore(snapshots[k])
        return {}


class Team:
    """All shards of a training. The first group works in this process, the others in processes of their own.

    network: the one that is trained; with several workers its parameters move into shared memory. tables: the settings
    that the other processes build network and task from. A context manager: leaving it ends the processes.
    """

    def __init__(self, network, task, settings, tables, workers=1):
        self.network, self.scale = network, 1 / settings.shards if settings.loss == "mean" else 1
        self.processes, self.pipes = [], []
        workers = min(workers, settings.shards)
        if workers > 1 and network.xp is not np:
            raise UserError("several workers are for the CPU only: give --workers 1 on a GPU")
        parts = [range(worker, settings.shards, workers) for worker in range(workers)]
        if workers > 1:
            context = multiprocessing.get_context("spawn")
            memory = [context.RawArray(C_TYPES[network.dtype.name], network.parameter_count)
                      for _ in range(1 + settings.shards)]
            values, *self.grads = (np.frombuffer(vector, network.dtype) for vector in memory)
            values[:] = network.values
            network.bind(values, network.grads)
            with on_ctrl_c(signal.SIG_IGN):                 # it is for the process that owns the run
                for part in parts[1:]:
                    pipe, end = context.Pipe()
                    self.processes.append(context.Process(
                        target=work, args=(end, tables, settings, list(part), network.dtype.name, memory), daemon=True))
                    self.processes[-1].start()
                    end.close()
                    self.pipes.append(pipe)
        else:
            self.grads = [network.xp.zeros_like(network.grads) for _ in range(settings.shards)]
        self.group = Group(network, task, settings, parts[0], self.grads)
        self.limits = threadpool_limits(1)                  # small products do not thread well inside the BLAS

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for pipe in self.pipes:
            pipe.close()                                    # their next recv fails, and they end
        for process in self.processes:
            process.join()
        self.limits.restore_original_limits()

    def step(self):
        """The gradient of the whole batch into network.grads, its statistics into the network's running ones; returns the
        loss, an array without axes, and the Scores."""
        results = self._everyone("step")
        loss, scores, observed = results[0]
        self.network.grads[...] = self.grads[0]
        for k in range(1, len(self.grads)):
            loss, scores, observed = (one + other for one, other in zip((loss, scores, observed), results[k]))
            self.network.grads += self.grads[k]
        self.network.grads *= self.scale
        self.network.take_statistics(observed / len(self.grads))
        return loss.astype("float64") * self.scale, scores

    def snapshot(self):
        """{shard: what it needs to go on}."""
        return self._everyone("snapshot")

    def restore(self, snapshots):
        """Let every shard go on from its snapshot."""
        self._everyone("restore", snapshots)

    def _everyone(self, method, *arguments):
        try:
            for pipe in self.pipes:
                pipe.send((method, arguments))
            results = getattr(self.group, method)(*arguments)
            answers = [pipe.recv() for pipe in self.pipes]
        except (EOFError, ConnectionError):
            raise UserError("a worker process ended all at once; was it killed, for lack of memory perhaps? Go on with "
                            "--resume, and with --workers 1 if it happens again") from None
        for error, answer in answers:
            if error:
                raise error
            results |= answer
        return results


@contextmanager
def on_ctrl_c(handler):
    """A signal handler for Ctrl-C while this lasts. Processes that are started under signal.SIG_IGN inherit it.

    In a thread other than the main one, which alone may choose a handler, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@np.errstate(over="ignore", invalid="ignore")               # the owner looks whether loss and gradient are finite
def work(pipe, tables, settings, indices, dtype, memory):
    """What a worker process does: build its own network around the shared parameters, then obey the pipe until it closes."""
    values, *grads = (np.frombuffer(vector, dtype) for vector in memory)

    def begin():
        network = build(tables["network"], dtype=dtype)
        network.bind(values, network.grads)
        return Group(network, build_task(tables["task"]), settings, indices, grads)

    with threadpool_limits(1):
        failed, group = _tried(begin)
        while True:
            try:
                method, arguments = pipe.recv()
                pipe.send((failed, None) if failed else _tried(getattr(group, method), *arguments))
            except (EOFError, ConnectionError):             # the owner is gone
                return


def _tried(do, *arguments):
    """(None, what it returns), or (what the owner of the run has to hear of, as an exception to raise there, None)."""
    try:
        return None, do(*arguments)
    except UserError as error:
        return error, None
    except MemoryError as error:
        return MemoryError(f"{error}, in a worker process"), None
    except Exception:
        return RuntimeError(f"a worker process failed:\n{traceback.format_exc()}"), None
