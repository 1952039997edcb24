"""Evaluation in several threads, and its end by Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from programs import network

import azc


def regressions(n=5):
    """Some tasks."""
    generator = np.random.default_rng(0)
    parts = [generator.normal(size=(rows, 6)) for _ in range(n) for rows in (300, 50)]
    return [
        azc.Task(x, x[:, 0], valid, valid[:, 0], seed=seed)
        for seed, (x, valid) in enumerate(zip(parts[::2], parts[1::2], strict=True))
    ]


@pytest.mark.parametrize("backend", ["kernels", "native"])
def test_threads_have_the_results_of_one(backend):
    """Four threads that evaluate programs on the same tasks get the results of one thread."""
    programs = [azc.parse(network(sd=0.1 + i / 50)) for i in range(12)]
    tasks = regressions()
    expected = azc.evaluate_many(programs, tasks, backend=backend)
    with ThreadPoolExecutor(4) as pool:
        turned = [programs[turn:] + programs[:turn] for turn in range(4)]
        found = list(pool.map(lambda some: azc.evaluate_many(some, tasks, backend=backend), turned))
    for turn, fitnesses in enumerate(found):
        assert fitnesses.tolist() == np.roll(expected, -turn).tolist()


def test_threads_with_algorithms_of_their_own():
    """Algorithms compiled and fitted in four threads learn what they learn in one."""
    x, y = regressions(1)[0].train_x, regressions(1)[0].train_y

    def weights(seed):
        program = azc.parse(network(sd=0.2))
        return azc.compile(program, 6, seed=seed).fit(x, y).memory.v[1].tolist()

    alone = [weights(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(weights, range(8))) == alone


INTERRUPTED = """
import sys, threading
import numpy as np
import azc
program = azc.parse(sys.argv[2])
features = int(sys.argv[3])
x = np.random.default_rng(0).normal(size=(1000, features))
task = azc.Task(x, x[:, 0], x, x[:, 0], epochs=2**31 - 1, max_abs_error=1e300)
azc.evaluate(program, azc.Task(x, x[:, 0], x, x[:, 0]), backend=sys.argv[1])
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
CALLS = {
    "evaluate": "azc.evaluate(program, task, backend=sys.argv[1])",
    "evaluate_many": "azc.evaluate_many([program] * 10**6, task, backend=sys.argv[1])",
    "fit": "azc.compile(program, features, backend=sys.argv[1]).fit(x, x[:, 0], epochs=10**9)",
}


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("backend", ["kernels", "native"])
@pytest.mark.parametrize("features", [4, 700])
def test_ctrl_c_ends_a_long_call_within_a_second(backend, call, features):
    """Ctrl-C raises KeyboardInterrupt within a second, with cheap and with expensive examples."""
    code = INTERRUPTED.format(call=CALLS[call])
    arguments = [sys.executable, "-c", code, backend, network(sd=0.01), str(features)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout.readline() == "ready\n"
            time.sleep(0.7)
            running.send_signal(signal.SIGINT)
            begin = time.perf_counter()
            assert running.stdout.readline() == "interrupted\n"
            assert time.perf_counter() - begin < 1.0
        finally:
            running.kill()
