"""What both benchmarks time, and how they show that it is the same work.

    nets            the nets S, M and L, their weights and their data
    torch_network   the same networks in PyTorch     torch_steps     run step by step, as most people write it
    torch_run       an iteration of them             torch_layers    run layer by layer, as mgnm does
    compare         results of two implementations side by side
    program         options, progress and files of both programs
"""
