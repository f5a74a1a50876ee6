"""What the peers in Python share: a workload's files, the timing, the line that each prints.

`cargo run --release -p chainrule --example workload -- W4 --write FOLDER` writes what all systems
read: workload.json (rows, widths of the layers, rows of a batch, N epochs), x.f32 (rows of inputs),
y.u32 (classes), initial.f32 (for each layer its weights, inputs x units, then its biases).

All train on float32 numbers (scikit-learn also on float64) with Adam on shuffled batches,
from the same initial weights: one epoch to warm up, then whole trainings of N and of 3 N epochs. The
difference is 2 N epochs; the middle of `repeats` differences counts. A peer prints one line of JSON
with seconds_per_epoch and final_loss, the mean loss of the rows in the last epoch; with p50_us, p99_us
and rows_per_s for W6.
"""

import json
import math
import os
import resource
import statistics
import sys
import time


def arguments(modes):
    """Workload, threads (None: as the library chooses) and mode from the command line; to be called
    before the library is imported, which reads the environment when it starts."""
    given = sys.argv[1:]
    folder, threads, mode, *rest = given + ["", "default", modes[0]][len(given) :]
    counted = threads == "default" or (threads.isdecimal() and int(threads) > 0)
    if rest or not folder or mode not in modes or not counted:
        choice = f" [{'|'.join(modes)}]" if any(modes) else ""
        sys.exit(f"usage: {sys.argv[0]} FOLDER [THREADS|default]{choice}")
    workload = Workload(folder, None if threads == "default" else int(threads))
    if workload.threads and workload.name != "W7":  # its threads are processes
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[variable] = threads
    if workload.threads:
        # Libraries with a pool of their own (XLA) make it as large as the set of cores they may use.
        # The last cores, since the first serves most interrupts.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-workload.threads :])
    return workload, mode


class Workload:
    def __init__(self, folder, threads):
        self.folder, self.threads = folder, threads
        with open(f"{folder}/workload.json") as file:
            self.read = json.load(file)
        self.name, self.rows, self.widths, self.batch, self.epochs = (
            self.read[key] for key in ("workload", "rows", "widths", "batch", "epochs")
        )
        self.learning_rate = self.read["learning_rate"]
        self.is_tanh = self.read["activation"] == "tanh"
        self.is_binary = self.widths[-1] == 1

    def numbers(self, file, dtype):
        import numpy

        return numpy.fromfile(f"{self.folder}/{file}", dtype)

    def data(self, dtype="float32"):
        x = self.numbers("x.f32", "<f4").reshape(self.rows, -1)
        return x.astype(dtype, copy=False), self.numbers("y.u32", "<u4").astype("int64")

    def initial(self, file="initial.f32", widths=None):
        """Weights (inputs x units) and biases of each layer."""
        numbers, layers = self.numbers(file, "<f4"), []
        widths = widths or self.widths
        for inputs, units in zip(widths, widths[1:]):
            weights, biases, numbers = (
                numbers[: inputs * units].reshape(inputs, units),
                numbers[inputs * units :][:units],
                numbers[(inputs + 1) * units :],
            )
            layers.append((weights, biases))
        return layers

    def train(self, system, version, fit):
        """Times fit(epochs), which trains from the initial weights and returns the last loss once
        all its work is done."""

        def timed(epochs):
            start = time.perf_counter()
            loss = float(fit(epochs))
            return time.perf_counter() - start, loss

        timed(1)
        differences = []
        for _ in range(self.read["repeats"]):
            few, _ = timed(self.epochs)
            many, loss = timed(3 * self.epochs)
            differences.append(many - few)
        seconds = statistics.median(differences) / (2 * self.epochs)
        self.report(system, version, seconds_per_epoch=seconds, final_loss=loss)

    def predict(self, system, version, one, many):
        """Times one(), a single row, and many(), all 1024."""

        def timed(call, warm_up, count):
            for _ in range(warm_up):
                call()
            seconds = []
            for _ in range(count):
                start = time.perf_counter()
                call()
                seconds.append(time.perf_counter() - start)
            return sorted(seconds)

        ones, manys = timed(one, 200, 5000), timed(many, 5, 60)
        self.report(
            system,
            version,
            p50_us=ones[len(ones) // 2] * 1e6,
            p99_us=ones[len(ones) * 99 // 100] * 1e6,
            rows_per_s=self.rows / manys[len(manys) // 2],
        )

    def report(self, system, version, **measured):
        # Linux counts it in KiB.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        line = {"system": system, "version": version, "workload": self.name}
        line |= {"threads": self.threads, "peak_memory_mb": peak}
        # JSON has no infinity.
        measured = {key: it if math.isfinite(it) else None for key, it in measured.items()}
        print(json.dumps(line | measured), flush=True)
