"""What the peers share: the workloads, their data, the timing, the line that each prints.

All train on float32 numbers (scikit-learn also on float64) with Adam at 1e-3 on shuffled batches:
one epoch to warm up, then the timed ones. A peer prints one line of JSON, whose seconds_per_epoch
is the median. The losses start from each library's own initial weights and rank nothing.
"""

import json
import os
import resource
import statistics
import sys
import time

# Rows, widths of the layers, rows of a batch, timed epochs.
WORKLOADS = {
    "W1": (1797, [64, 100, 10], 200, 50),
    "W2": (4000, [2, 8, 8, 1], 32, 10),
    "W3": (60000, [784, 128, 10], 64, 5),
    "W4": (60000, [784, 512, 512, 10], 128, 5),
    "W5": (16384, [2048, 2048, 2048, 10], 512, 5),
}


def arguments(modes):
    """Workload, threads and mode from the command line; to be called before the library is
    imported, which reads the environment when it starts."""
    given, defaults = sys.argv[1:], ["", "2", modes[0]]
    workload, threads, mode, *rest = given + defaults[len(given) :]
    counted = threads.isdecimal() and int(threads) > 0
    if rest or workload not in WORKLOADS or mode not in modes or not counted:
        choice = f" [{'|'.join(modes)}]" if any(modes) else ""
        sys.exit(f"usage: {sys.argv[0]} <{'|'.join(WORKLOADS)}> [threads]{choice}")
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = threads
    # Libraries with a pool of their own (XLA) make it as large as the set of cores they may use.
    # The last cores, since the first serves most interrupts.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-int(threads) :])
    return workload, int(threads), mode


def data(workload, dtype="float32"):
    """Rows of noise and classes drawn for them: the time does not depend on what is learnt."""
    import numpy

    rows, widths, _, _ = WORKLOADS[workload]
    draw = numpy.random.default_rng(1)
    x = draw.standard_normal((rows, widths[0]), dtype="float32").astype(dtype, copy=False)
    return x, draw.integers(0, max(2, widths[-1]), rows)


def operations_per_epoch(workload):
    """Of the matrix products: forward, gradient of the weights, and gradient of the inputs, which
    the first layer does without."""
    rows, widths, _, _ = WORKLOADS[workload]
    weights = [inputs * outputs for inputs, outputs in zip(widths, widths[1:])]
    return 2 * rows * (3 * sum(weights) - weights[0])


def report(peer, version, workload, threads, seconds, loss):
    rows, _, batch, _ = WORKLOADS[workload]
    median = statistics.median(seconds)
    line = {
        "peer": peer,
        "version": version,
        "workload": workload,
        "threads": threads,
        "seconds_per_epoch": round(median, 6),
        "min": round(min(seconds), 6),
        "max": round(max(seconds), 6),
        "epochs": len(seconds),
        "steps_per_s": round(-(-rows // batch) / median, 1),
        "gflops_per_s": round(operations_per_epoch(workload) / median / 1e9, 2),
        # Linux counts it in KiB.
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "final_train_loss": round(float(loss), 5),
    }
    print(json.dumps(line), flush=True)


def train(peer, version, workload, threads, epoch):
    """Times epoch(), which returns the mean training loss once all its work is done."""
    epoch()
    seconds = []
    for _ in range(WORKLOADS[workload][3]):
        start = time.perf_counter()
        loss = float(epoch())
        seconds.append(time.perf_counter() - start)
    report(peer, version, workload, threads, seconds, loss)
