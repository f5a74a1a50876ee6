"""How many threads the engine may use."""

import multiprocessing
import os
import threading
from contextlib import contextmanager


_MOST = 1 << 16  # more than any machine has


def threads_to_use(n_threads):
    """The number that was asked for, or else what the process around us leaves; None for all.

    What ``OMP_NUM_THREADS`` says, by which joblib and Dask tell their worker processes how many threads
    each may have, the engine heeds itself; and within one process it shares the processors among the
    trainings that run. The workers of ``multiprocessing.Pool`` are told nothing, but are daemons: where
    there are several processes already, one thread is enough for each.
    """
    if n_threads is not None:
        return min(int(n_threads), _MOST)
    return 1 if multiprocessing.current_process().daemon else None


class Turns:
    """Fits of one estimator in several threads come one after the other."""

    _guard = threading.Lock()
    _locks = {}  # of the estimators that are being fitted: a lock, and how many threads want it

    @classmethod
    @contextmanager
    def of(cls, estimator):
        """Within it no other thread is in one for the same estimator."""
        with cls._guard:
            entry = cls._locks.setdefault(id(estimator), [threading.RLock(), 0])
            entry[1] += 1
        try:
            with entry[0]:
                yield
        finally:
            with cls._guard:
                entry[1] -= 1
                if not entry[1] and cls._locks.get(id(estimator)) is entry:
                    del cls._locks[id(estimator)]

    @classmethod
    def start_anew(cls):
        """In a process that was forked there is one thread, whatever others held."""
        cls._guard, cls._locks = threading.Lock(), {}


class Forks:
    """Counts the forks that led to this process, so that engines made before one are noticed."""

    count = 0

    @classmethod
    def happened(cls):
        cls.count += 1
        Turns.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Forks.happened)
