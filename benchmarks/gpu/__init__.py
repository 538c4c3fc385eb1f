"""One training iteration on a GPU: mgnm beside PyTorch; and every CUDA kernel by itself.

    contestants     who is timed; torch_contestants: those in PyTorch
    worker          one of them, in a process of its own         rounds      all of them, in turn
    backend         events and memory of CuPy and PyTorch        facts       device, driver, versions
    table           medians, ratios, lines to read
    kernels         the kernels' program                         shapes      the arguments of every kernel in a net
    clock           times a launch; the device's own peaks       crossover   direct convolution against a product
    everything      all that the first one with a GPU runs: make gpu
"""
