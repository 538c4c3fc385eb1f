"""What an update costs as the memory grows from 1,000 cells to 100,000: `python -m benchmarks.memory_cost`.

    contestants   the networks, each in growing sizes      worker    one of them in a process of its own
    rounds        all of them, in turn                     table     slopes and lines of text
    picture       time and bytes against memory cells
"""
