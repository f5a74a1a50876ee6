"""How many threads the engine may use."""

import multiprocessing
import os


def threads_to_use(n_threads):
    """The number that was asked for, or else what the process around us leaves; None for all.

    What ``OMP_NUM_THREADS`` says, by which joblib and Dask tell their worker processes how many threads
    each may have, the engine heeds itself; and within one process it shares the processors among the
    trainings that run. The workers of ``multiprocessing.Pool`` are told nothing, but are daemons: where
    there are several processes already, one thread is enough for each.
    """
    if n_threads is not None:
        return int(n_threads)
    return 1 if multiprocessing.current_process().daemon else None


class Forks:
    """Counts the forks that led to this process, so that engines made before one are noticed."""

    count = 0

    @classmethod
    def happened(cls):
        cls.count += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Forks.happened)
