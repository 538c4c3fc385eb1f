"""One training iteration on the CPU: mgnm beside PyTorch.

    contestant      one of them, timed in a process of its own; torch_contestant: those in PyTorch
    check           proves that all do the same work
    rounds          the processes, one by one
    table           medians, ratios, lines to read
    machine         processor, libraries, peak memory
"""
