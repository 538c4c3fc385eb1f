"""One training iteration on the CPU: mgnm beside PyTorch.

    nets            what is timed                    contestant      one of them, timed in a process of its own
    torch_network   the same network in PyTorch      torch_plain     run as most people write it
    check           proves that it is the same       torch_best      run as fast as we could
    rounds          the processes, one by one        table           medians, ratios, lines to read
    machine         processor, libraries, peak memory
"""
