"""How much of the processors others leave us.

A virtual processor may share a core with somebody else's. While that one is busy, code that does
several things at a time takes up to twice as long, and nothing within the machine tells: neither
the load average nor stolen time. A fixed loop does.
"""

import os
import statistics
import time

RUNS = 40


def loop_milliseconds():
    """What a fixed loop takes now, in milliseconds: the median of all processors."""
    allowed = os.sched_getaffinity(0)
    taken = []
    try:
        for processor in allowed:
            os.sched_setaffinity(0, {processor})
            taken += [_one_loop() for _ in range(RUNS)]
    finally:
        os.sched_setaffinity(0, allowed)
    return statistics.median(taken) * 1000


def _one_loop():
    started = time.perf_counter()
    sum(number * number & 255 for number in range(200_000))
    return time.perf_counter() - started
