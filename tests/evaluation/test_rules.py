"""Rules of an evaluation, one at a time, on programs and tasks small enough to compute by hand."""

import math
import os

import numpy as np
import pytest
from evaluation.comparing import BACKENDS
from programs import program

import azc
from azc.evaluation import Evaluator
from azc.ir import BY_NAME, INTERFACES, Instruction, semantics
from azc.ir.draws import gaussians, uniforms

NAN, INF = math.nan, math.inf
WANT = ("train_errors", "valid_errors", "memory")


def predicting_x():
    """A program for one feature that predicts it."""
    return program(predict="s1 = mean(v0)")


DECODED = (
    f"v2 = v0 * {2.0**900!r}; v2 = v2 * {2.0**-900!r}; "
    "v9 = v0 + 1e200; v9 = heaviside(v9); v9 = v9 / v9; v2 = v2 * v9"
)
"""Sets v2 to the features decoded: themselves, or nan and infinities, which features can never be."""
CODES = {INF: 2.0**600, -INF: -(2.0**600)}


def coded(*numbers):
    """Features that encode numbers, some of which are not finite."""
    return [-1e300 if math.isnan(number) else CODES.get(number, number) for number in numbers]


def predicting_coded():
    """A program for one feature that predicts the number encoded by it."""
    return program(predict=f"{DECODED}; s1 = mean(v2)")


def task(train, valid, y=None, valid_y=None, **more):
    """A task with one feature; labels are zero where none are given."""
    x, v = np.array(train, float)[:, None], np.array(valid, float)[:, None]
    y = np.zeros(len(x)) if y is None else y
    valid_y = np.zeros(len(v)) if valid_y is None else valid_y
    return azc.Task(x, y, v, valid_y, **more)


def run(program, tasks, backend, **more):
    """An evaluation with everything that it can return."""
    return Evaluator(tasks, backend=backend, **more).evaluate(program, WANT)


def many(program, tasks, **more):
    """Evaluate one program the way a search does."""
    return azc.evaluate_many([program], tasks, **more)


def squashed(*errors):
    """The fitness of these validation errors."""
    return 1 - 2 / math.pi * math.atan(math.sqrt(sum(e * e for e in errors) / len(errors)))


every_backend = pytest.mark.parametrize("backend", BACKENDS)
COUNTING = "s2 = s2 + s3"
"""In Learn, with s3 = 1 from Setup: s2 counts the examples learned."""


# --- training -----------------------------------------------------------------------------------------


@every_backend
def test_an_error_of_exactly_the_maximum_does_not_stop(backend):
    """An error equal to max_abs_error does not stop training."""
    found = run(predicting_x(), task([2.0, -2.0], [1.0], max_abs_error=2.0), backend)
    assert found.train_errors[0].tolist() == [2.0, 2.0]
    assert (found.stopped_early, found.train_steps) == ([False], [2])
    assert found.fitness == pytest.approx(squashed(1.0), rel=1e-15)


@every_backend
def test_an_error_above_the_maximum_stops(backend):
    """An error just above max_abs_error stops training, and a stop in the first epoch scores 0."""
    above = math.nextafter(2.0, INF)
    found = run(predicting_x(), task([1.0, above, 0.0], [1.0], max_abs_error=2.0), backend)
    assert found.train_errors[0].tolist() == [1.0]
    assert found.valid_errors[0].tolist() == []
    assert (found.fitness, found.stopped_early, found.train_steps) == (0.0, [True], [2])


@every_backend
@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_a_nan_or_infinite_error_stops(backend, bad):
    """A nan or infinite prediction stops training."""
    found = run(predicting_coded(), task(coded(bad, 0.0), [1.0], max_abs_error=1e308), backend)
    assert (found.fitness, found.stopped_early, found.train_steps) == (0.0, [True], [1])


@every_backend
def test_an_infinite_maximum_stops_at_nan_only(backend):
    """With an infinite max_abs_error nan stops training, an infinite error does not."""
    found = run(predicting_coded(), task(coded(INF, 1.0, NAN), [1.0], max_abs_error=INF), backend)
    assert found.train_errors[0].tolist() == [INF, 1.0]
    assert found.train_steps == [3]


@every_backend
def test_the_default_maximum_is_100(backend):
    """The default max_abs_error is 100: a greater error stops."""
    assert not run(predicting_x(), task([100.0], [0.0]), backend).stopped_early[0]
    assert run(predicting_x(), task([100.00000001], [0.0]), backend).stopped_early[0]


@every_backend
def test_learn_does_not_run_on_the_example_that_stops(backend):
    """After a stop, memory is that after Predict of the failing example."""
    p = program("s3 = 1", "s1 = mean(v0); s4 = s4 + s3", COUNTING)
    found = run(p, task([1.0, 1.0, 500.0, 1.0], [1.0]), backend)
    s = found.memory[0]["s"]
    assert (s[2], s[4], s[1], s[0]) == (2.0, 3.0, 500.0, 0.0)


@every_backend
def test_a_stopped_lane_keeps_its_memory(backend):
    """The memory of a stopped task does not change while other lanes run."""
    p = program("s3 = 1", "s1 = mean(v0); s4 = s4 + s3", COUNTING)
    tasks = [task([1.0, x, 1.0, 1.0], [1.0, 1.0]) for x in (1.0, 300.0, 1.0, 200.0, 400.0)]
    found = run(p, tasks, backend)
    assert [memory["s"][2] for memory in found.memory] == [4.0, 1.0, 4.0, 1.0, 1.0]
    assert [memory["s"][4] for memory in found.memory] == [6.0, 2.0, 6.0, 2.0, 2.0]
    assert [memory["s"][1] for memory in found.memory] == [1.0, 300.0, 1.0, 200.0, 400.0]
    assert found.fitnesses[1] == found.fitnesses[3] == found.fitnesses[4] == 0.0


@every_backend
def test_features_and_label_are_set_again_before_learn(backend):
    """Learn sees the example's features and label even if Predict overwrites v0 and s0."""
    p = program("", "v0 = v0 - v0; s0 = s0 - s2; s0 = exp(s0)", "v1 = v1 + v0; s2 = s2 + s0")
    found = run(p, task([3.0, 4.0], [0.0], y=[5.0, 6.0]), backend)
    assert found.memory[0]["v"][1].tolist() == [7.0]
    assert found.memory[0]["s"][2] == 11.0


@every_backend
def test_predict_does_not_see_the_label(backend):
    """s0 is zero when Predict starts, in training and in validation."""
    p = program("", "s2 = maximum(s2, s0); s3 = s3 + s0", "s4 = s0 + s4")
    found = run(p, task([1.0, 1.0], [1.0], y=[5.0, 6.0], valid_y=[7.0]), backend)
    assert found.memory[0]["s"][[2, 3, 4]].tolist() == [0.0, 0.0, 11.0]


@every_backend
def test_learn_does_not_run_in_validation(backend):
    """Learn runs once a training example, Predict once an example of either kind."""
    p = program("s3 = 1", "s4 = s4 + s3", COUNTING)
    found = run(p, task([1.0] * 3, [1.0] * 5), backend)
    assert found.memory[0]["s"][[2, 4]].tolist() == [3.0, 8.0]


@every_backend
def test_setup_runs_once(backend):
    """Setup does not run again in later epochs."""
    p = program("s3 = 1; s5 = s5 + s3", "", COUNTING)
    found = run(p, task([1.0] * 3, [1.0], epochs=4), backend)
    assert found.memory[0]["s"][[2, 5]].tolist() == [12.0, 1.0]


# --- validation ---------------------------------------------------------------------------------------


@every_backend
def test_fitness_is_one_for_no_error(backend):
    """A perfect prediction scores 1."""
    assert run(predicting_x(), task([1.0], [2.0], [1.0], [2.0]), backend).fitness == 1.0


@every_backend
def test_fitness_is_zero_where_the_root_is_not_finite(backend):
    """A loss that overflows scores 0, without an early stop."""
    found = run(predicting_x(), task([1.0], [1e200, 1.0], max_abs_error=1e300), backend)
    assert (found.fitness, found.stopped_early) == (0.0, [False])


@every_backend
def test_validation_errors_are_absolute(backend):
    """Validation errors have no sign."""
    found = run(predicting_x(), task([1.0], [3.0, -2.0]), backend)
    assert found.valid_errors[0].tolist() == [3.0, 2.0]
    assert found.fitness == pytest.approx(squashed(3.0, 2.0), rel=1e-15)


@every_backend
def test_the_loss_is_summed_in_the_order_of_examples(backend):
    """Squared errors are added one after the other, not folded as other sums are."""
    errors = gaussians(0, 50)
    in_order = np.cumsum(errors * errors)[-1]
    expected = semantics.squashed_rms(in_order, 50)
    assert expected != semantics.squashed_rms(semantics.fold(errors * errors), 50)
    assert run(predicting_x(), task([0.0], errors), backend).fitness == expected


@every_backend
@pytest.mark.parametrize("bad", [NAN, 101.0, -101.0])
def test_a_validation_error_stops_with_fitness_0(backend, bad):
    """A validation error that is nan or too great, of either sign, stops validation with score 0."""
    found = run(predicting_coded(), task([1.0, 1.0], coded(1.0, bad, 1.0)), backend)
    assert (found.fitness, found.stopped_early, found.train_steps) == (0.0, [True], [2])
    assert found.valid_errors[0].tolist() == [1.0]


@every_backend
def test_a_validation_error_of_exactly_the_maximum_does_not_stop(backend):
    """An error equal to max_abs_error does not stop validation."""
    found = run(predicting_x(), task([1.0], [-2.0, 2.0], max_abs_error=2.0), backend)
    assert found.valid_errors[0].tolist() == [2.0, 2.0]
    assert found.fitness == pytest.approx(squashed(2.0), rel=1e-15)


@every_backend
def test_memory_after_a_stopped_validation(backend):
    """The memory of a task that stopped in validation does not change while other lanes run."""
    p = program("s3 = 1", "s1 = mean(v0); s4 = s4 + s3", COUNTING)
    tasks = [task([1.0], [1.0, x, 1.0, 1.0]) for x in (1.0, 300.0, 1.0)]
    assert [memory["s"][4] for memory in run(p, tasks, backend).memory] == [5.0, 3.0, 5.0]


# --- epochs -------------------------------------------------------------------------------------------

GROWING = program("s3 = 1", "s1 = s2 - s5", COUNTING)
"""Predicts how many examples it has learned from."""


def growing(label, epochs, max_abs_error):
    """A task for GROWING: one training example an epoch, labelled 0, and one for validation."""
    return task([0.0], [0.0], valid_y=[label], epochs=epochs, max_abs_error=max_abs_error)


@every_backend
def test_fitness_is_the_best_validation(backend):
    """Fitness is that of the best epoch; errors are those of the first."""
    found = run(GROWING, growing(2.0, 4, 100.0), backend)
    assert (found.fitness, found.train_steps, found.stopped_early) == (1.0, [4], [False])
    assert found.train_errors[0].tolist() == [0.0]
    assert found.valid_errors[0].tolist() == [1.0]


@every_backend
def test_a_stop_in_a_later_epoch_keeps_the_best(backend):
    """A training stop in a later epoch ends the evaluation with the best fitness so far."""
    found = run(GROWING, growing(1.0, 9, 3.0), backend)
    assert (found.fitness, found.stopped_early, found.train_steps) == (1.0, [True], [5])


@every_backend
def test_a_stopped_validation_counts_0_and_training_continues(backend):
    """A stop in validation scores 0 for its epoch only; later epochs follow."""
    found = run(GROWING, growing(7.0, 5, 5.5), backend)
    assert found.fitness == pytest.approx(squashed(2.0), rel=1e-15)
    assert (found.stopped_early, found.train_steps) == ([True], [5])
    assert found.valid_errors[0].tolist() == []


@every_backend
def test_validations_change_memory_for_the_next_epoch(backend):
    """Memory written in validation carries over to the next epoch."""
    p = program("s3 = 1", "s4 = s4 + s3")
    assert run(p, task([0.0] * 2, [0.0] * 3, epochs=3), backend).memory[0]["s"][4] == 15.0


SUMMING = program(predict="v1 = v0 + v1; s1 = mean(v1)")
"""Predicts the sum of all features that it has seen."""


@every_backend
def test_training_continues_with_the_memory_at_the_stop(backend):
    """The epoch after a stop in validation begins with the memory at the stop, whatever other lanes do."""
    stops = task([-4.0], [15.0, 1.0, 1.0], epochs=2, max_abs_error=10.0)
    goes_on = task([0.0], [1.0, 1.0, 1.0], epochs=2)
    found = run(SUMMING, [goes_on, stops, goes_on], backend)
    assert [memory["v"][1, 0] for memory in found.memory] == [6.0, 22.0, 6.0]
    assert found.train_steps == [2, 2, 2]


@every_backend
def test_a_stop_of_an_earlier_epoch_is_forgotten(backend):
    """A lane's memory at a stop is not restored when another lane stops in the next epoch."""
    orders = [[0, 0], [1, 1], [1, 1]]
    first = task([0.0, -7.5], [13.0, -1.0, -1.0], epochs=3, train_order=orders, max_abs_error=12.0)
    second = task([0.0, 5.95], [0.1, 0.0, 0.0], epochs=3, train_order=orders, max_abs_error=12.0)
    evaluator = Evaluator([first, second], backend=backend)
    alone = [Evaluator(t, backend=backend).fitness(SUMMING) for t in (first, second)]
    assert evaluator.evaluate(SUMMING).fitnesses == alone
    assert evaluator.fitness(SUMMING) == (alone[0] + alone[1]) / 2


@every_backend
def test_examples_are_visited_in_train_order(backend):
    """Each epoch, the first included, visits the training examples in train_order."""
    orders = [[2, 0, 0], [1, 1, 2]]
    p = program("s2 = 10", "s1 = mean(v0)", "s4 = s4 * s2; s4 = s4 + s1")
    found = run(p, task([1.0, 2.0, 3.0], [0.0], epochs=2, train_order=orders), backend)
    assert found.train_errors[0].tolist() == [3.0, 1.0, 1.0]
    assert found.memory[0]["s"][4] == 311223.0


@every_backend
def test_without_an_order_examples_are_visited_as_given(backend):
    """Without train_order every epoch visits the examples in their given order."""
    p = program("s2 = 10", "s1 = mean(v0)", "s4 = s4 * s2; s4 = s4 + s1")
    found = run(p, task([1.0, 2.0, 3.0], [0.0], epochs=2), backend)
    assert found.memory[0]["s"][4] == 123123.0


# --- draws --------------------------------------------------------------------------------------------

SEED = 12345678901234567890


def drawn(step, draw=0):
    """A uniform number as a scalar instruction draws it."""
    return uniforms(SEED, 1, draw, step)[0]


@every_backend
def test_setup_draws_in_step_0(backend):
    """Setup draws in step 0, and each element of a vector or matrix has a random number of its own."""
    p = program("s2 = uniform(0, 1); v2 = gaussian(0, 1); m2 = uniform(0, 1)")
    x = np.zeros((1, 3))
    memory = run(p, azc.Task(x, [0], x, [0], seed=SEED), backend).memory[0]
    assert memory["s"][2] == drawn(0)
    assert memory["v"][2].tolist() == gaussians(SEED, 3, 1, 0).tolist()
    assert memory["m"][2].ravel().tolist() == uniforms(SEED, 9, 2, 0).tolist()


@every_backend
def test_every_example_is_a_step(backend):
    """Steps of the first epoch count from 1 over training, then over validation."""
    found = run(program(predict="s1 = uniform(0, 1)"), task([0.0] * 3, [0.0] * 2, seed=SEED), backend)
    assert found.train_errors[0].tolist() == [drawn(1), drawn(2), drawn(3)]
    assert found.valid_errors[0].tolist() == [drawn(4), drawn(5)]


@every_backend
def test_steps_continue_through_epochs(backend):
    """Steps of the second epoch follow those of the first."""
    p = program(predict="s2 = uniform(0, 1)", learn="s3 = uniform(0, 1)")
    memory = run(p, task([0.0] * 3, [0.0] * 2, epochs=2, seed=SEED), backend).memory[0]
    assert memory["s"][[2, 3]].tolist() == [drawn(10), drawn(8, draw=1)]


@every_backend
def test_a_stop_changes_no_step(backend):
    """A stop in validation does not change the steps of the next epoch."""
    p = program(predict="s2 = uniform(0, 1); s1 = mean(v0)", learn="s3 = uniform(0, 1)")
    found = run(p, task([0.0] * 3, [500.0, 0.0], epochs=2, seed=SEED), backend)
    assert found.memory[0]["s"][[2, 3]].tolist() == [drawn(9), drawn(8, draw=1)]


@every_backend
def test_predict_and_learn_of_an_example_share_a_step(backend):
    """Instructions with the same draw get the same number in Predict and Learn of an example."""
    p = program(
        predict="s2 = uniform(0, 1, draw=7)",
        learn="s3 = uniform(0, 1, draw=7); s3 = s3 - s2; s4 = s4 + s3",
    )
    assert run(p, task([0.0] * 5, [0.0]), backend).memory[0]["s"][4] == 0.0


@every_backend
def test_a_step_is_a_position_not_an_example(backend):
    """Steps count positions in train_order, not examples."""
    shuffled = task([0.0] * 3, [0.0], train_order=[[2, 0, 1]], seed=SEED)
    found = run(program(predict="s1 = uniform(0, 1)"), shuffled, backend)
    assert found.train_errors[0].tolist() == [drawn(1), drawn(2), drawn(3)]


@every_backend
def test_each_task_draws_by_its_own_seed(backend):
    """Each lane draws by the seed of its task, as it does alone."""
    seeds = [0, 1, 2**32, 2**63, 2**64 - 1]
    found = run(program("s2 = uniform(0, 1)"), [task([0.0], [0.0], seed=seed) for seed in seeds], backend)
    assert [m["s"][2] for m in found.memory] == [uniforms(seed, 1)[0] for seed in seeds]


# --- ACCURACY -----------------------------------------------------------------------------------------


def accuracy(train, valid, y, valid_y, **more):
    """A task of two classes."""
    return task(train, valid, y, valid_y, eval_type="ACCURACY", **more)


@every_backend
def test_learn_sees_the_sigmoid(backend):
    """In training the sigmoid of s1 is written to s1 before the error is computed and Learn runs."""
    p = program(predict="s1 = mean(v0)", learn="s2 = maximum(s1, s1)")
    found = run(p, accuracy([2.0], [0.0], [1.0], [0.0]), backend)
    probability = 1 / (1 + math.exp(-2.0))
    assert found.memory[0]["s"][2] == pytest.approx(probability, rel=1e-15)
    assert found.train_errors[0] == pytest.approx([1 - probability], rel=1e-14)


@every_backend
def test_validation_leaves_the_prediction_unchanged(backend):
    """In validation the sigmoid is not written to memory."""
    found = run(predicting_x(), accuracy([1.0], [3.0], [1.0], [1.0]), backend)
    assert found.memory[0]["s"][1] == 3.0


@every_backend
@pytest.mark.parametrize(
    ("prediction", "label", "error"),
    [
        *((1.0, 1.0, 0.0), (1.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (-1.0, 1.0, 1.0)),
        *((0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (NAN, 0.0, 0.0), (NAN, 1.0, 1.0)),
        *((INF, 1.0, 0.0), (-INF, 0.0, 0.0)),
    ],
)
def test_a_probability_above_one_half_is_class_1(backend, prediction, label, error):
    """A probability above 0.5 is class 1; 0.5 itself and nan are class 0, without a stop."""
    found = run(predicting_coded(), accuracy([0.0], coded(prediction), [0.0], [label]), backend)
    assert found.valid_errors[0].tolist() == [error]
    assert (found.fitness, found.stopped_early) == (1.0 - error, [False])


@every_backend
def test_accuracy_is_the_share_of_right_answers(backend):
    """Fitness is 1 - errors / examples."""
    found = run(predicting_x(), accuracy([0.0], [1.0, -1.0, 5.0], [0.0], [1.0, 1.0, 1.0]), backend)
    assert found.fitness == 1.0 - 1.0 / 3.0


@every_backend
def test_a_training_error_stops_accuracy_too(backend):
    """With two classes, a training error that is nan or above the maximum stops the task."""
    assert run(predicting_coded(), accuracy(coded(NAN), [1.0], [1.0], [1.0]), backend).fitness == 0.0
    found = run(predicting_x(), accuracy([0.0], [1.0], [1.0], [1.0], max_abs_error=0.4), backend)
    assert (found.fitness, found.stopped_early) == (0.0, [True])


# --- MULTICLASS_ACCURACY ------------------------------------------------------------------------------

COPYING = "v2 = minimum(v0, v0)"
"""Predicts the features."""


def classes(train, valid, y, valid_y, n_classes=3, **more):
    """A task of many classes."""
    return azc.Task(train, y, valid, valid_y, eval_type="MULTICLASS_ACCURACY", n_classes=n_classes, **more)


def softmax(x):
    """The softmax of a few numbers."""
    powers = [math.exp(value - max(x)) for value in x]
    return [power / sum(powers) for power in powers]


@every_backend
def test_learn_sees_the_softmax_and_the_label_as_one_hot(backend):
    """Learn sees v2 as the softmax of its first C elements, zero beyond, and the one-hot label in v1."""
    p = program(predict=COPYING + "; v3 = v3 + v1", learn="v4 = minimum(v2, v2); v5 = minimum(v1, v1)")
    row = [1.0, 3.0, 2.0, 9.0]
    found = run(p, classes([row], [row], [2], [1]), backend)
    v = found.memory[0]["v"]
    assert v[4] == pytest.approx([*softmax(row[:3]), 0.0], rel=1e-15)
    assert v[4, 3] == 0.0
    assert v[5].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert v[3].tolist() == [0.0] * 4
    assert found.train_errors[0] == pytest.approx([1 - softmax(row[:3])[2]], rel=1e-14)


@every_backend
def test_validation_leaves_the_scores_unchanged(backend):
    """In validation v2 is unchanged after Predict, and v1 is zero."""
    row = [1.0, 3.0, 2.0, 9.0]
    v = run(program(predict=COPYING), classes([row], [row], [2], [1]), backend).memory[0]["v"]
    assert v[2].tolist() == row
    assert v[1].tolist() == [0.0] * 4


@every_backend
@pytest.mark.parametrize(
    ("row", "label", "error"),
    [
        *(([1, 3, 2, 9], 1, 0.0), ([1, 3, 2, 9], 0, 1.0), ([1, 3, 2, 9], 2, 1.0)),
        *(([5, 5, 5, 5], 0, 0.0), ([5, 5, 5, 5], 1, 1.0), ([1, 4, 4, 0], 1, 0.0), ([1, 4, 4, 0], 2, 1.0)),
        *(([-0.0, 0.0, -1, 0], 0, 0.0), ([NAN, 1, 2, 0], 2, 1.0), ([1, 2, NAN, 0], 1, 1.0)),
        *(([1, 2, 0, NAN], 1, 0.0), ([NAN] * 4, 0, 1.0), ([INF, 1, INF, 0], 0, 0.0)),
        *(([-INF, -INF, -INF, 0], 0, 0.0), ([-INF, -5, -INF, 0], 1, 0.0)),
    ],
)
def test_the_greatest_of_the_first_elements_is_the_class(backend, row, label, error):
    """The lowest index wins a tie; nan among the first C elements is an error, nan beyond has no effect."""
    ok = [0.0] * 4
    found = run(program(predict=DECODED), classes([ok], [coded(*row)], [0], [label]), backend)
    assert found.valid_errors[0].tolist() == [error]
    assert (found.fitness, found.stopped_early) == (1.0 - error, [False])


@every_backend
def test_an_error_of_a_class_can_stop(backend):
    """An error, 1 - probability, above max_abs_error stops, an equal one does not; nan stops."""
    even, valid = [[0.0, 0.0]], [[1.0, 0.0]]
    for maximum, stopped in ((0.5, False), (0.49, True)):
        one = classes(even, valid, [0], [0], 2, max_abs_error=maximum)
        assert run(program(predict=COPYING), one, backend).stopped_early == [stopped]
    bad = classes([coded(NAN, 0.0)], valid, [0], [0], 2)
    assert run(program(predict=DECODED), bad, backend).stopped_early == [True]


@every_backend
def test_scalars_are_ordinary_with_many_classes(backend):
    """With many classes s0 and s1 are neither cleared nor replaced."""
    p = program("s0 = 5; s1 = 7", COPYING)
    s = run(p, classes([[1.0, 2.0]], [[1.0, 2.0]], [0], [1], 2), backend).memory[0]["s"]
    assert s[:2].tolist() == [5.0, 7.0]


# --- sets of tasks ------------------------------------------------------------------------------------


@every_backend
def test_the_mean_over_tasks_is_folded(backend):
    """The fitness on several tasks is their sum in folded order, divided once."""
    tasks = [task([0.0], [x]) for x in (0.1, 0.7, 1.3, 2.9, 0.01, 11.0, 5.5)]
    found = run(predicting_x(), tasks, backend)
    a, b, c, d, e, f, g = found.fitnesses
    folded = (((a + e) + (c + g)) + ((b + f) + d)) / 7
    assert folded != (a + b + c + d + e + f + g) / 7
    assert found.fitness == folded


@every_backend
def test_unlike_tasks_in_one_call_keep_their_order(backend):
    """Tasks of different shapes and evaluation types are grouped; results have the order of the tasks."""
    rng = np.random.default_rng(5)
    kinds = [(2, 4, "ACCURACY", 1), (3, 4, "RMS_ERROR", 1), (2, 4, "RMS_ERROR", 2), (3, 5, "RMS_ERROR", 1)]
    tasks = [
        azc.Task(
            rng.normal(size=(train, features)),
            rng.integers(0, 2, train),
            rng.normal(size=(3, features)),
            rng.integers(0, 2, 3),
            eval_type=eval_type,
            epochs=epochs,
            seed=seed,
        )
        for seed, (features, train, eval_type, epochs) in enumerate(kinds * 2)
    ]
    p = program("v1 = gaussian(0, 1)", "s1 = dot(v0, v1)", "v1 = v0 * s0")
    found = run(p, tasks, backend)
    alone = [run(p, one, backend) for one in tasks]
    assert found.fitnesses == [one.fitness for one in alone]
    assert found.train_steps == [one.train_steps[0] for one in alone]
    for index, one in enumerate(alone):
        assert np.array_equal(found.train_errors[index], one.train_errors[0])
        assert np.array_equal(found.memory[index]["v"], one.memory[0]["v"])


# --- reports ------------------------------------------------------------------------------------------


@every_backend
def test_only_what_is_wanted_is_reported(backend):
    """Fields that `want` does not name are None."""
    one = task([0.0], [0.0])
    found = azc.evaluate(predicting_x(), one, backend=backend, want=["valid_errors"])
    assert (found.train_errors, found.memory) == (None, None)
    assert found.valid_errors[0].tolist() == [0.0]
    assert found.backend == backend


@every_backend
def test_memory_shows_ten_addresses_or_as_many_as_are_used(backend):
    """Reported memory has at least ten addresses of each kind, and all that are written, by dead code too."""
    x = np.zeros((1, 2))
    p = program("s12 = 4; v20[1.0] = 5")
    memory = azc.evaluate(p, azc.Task(x, [0], x, [0]), backend=backend, want=["memory"]).memory[0]
    shapes = [memory[kind].shape for kind in "svm"]
    assert shapes == [(13,), (21, 2), (10, 2, 2)]
    assert (memory["s"][12], memory["v"][20, 1]) == (4.0, 5.0)


@every_backend
def test_nans_are_reported_as_one_value(backend):
    """All nans in returned memory have the same bits."""
    p = program("s2 = nan; s3 = -1; s2 = s2 * s3; s4 = log(s3); s5 = s6 / s6")
    memory = azc.evaluate(p, task([0.0], [0.0]), backend=backend, want=["memory"]).memory[0]
    assert {value.tobytes() for value in memory["s"][[2, 4, 5]]} == {np.float64(np.nan).tobytes()}


# --- errors -------------------------------------------------------------------------------------------


@every_backend
def test_an_unknown_want_is_an_error(backend):
    """An unknown name in `want` is an error that lists the valid ones."""
    with pytest.raises(azc.AzcError, match="'memory', not 'memries'"):
        azc.evaluate(predicting_x(), task([0.0], [0.0]), backend=backend, want=["memries"])


@every_backend
def test_an_invalid_program_is_refused(backend):
    """A program that the verifier refuses does not run."""
    bad = azc.Program((), (Instruction(BY_NAME["VECTOR_MEAN"]),))
    for call in (azc.evaluate, many):
        with pytest.raises(azc.AzcError, match="VECTOR_MEAN"):
            call(bad, task([0.0], [0.0]), backend=backend)


@every_backend
def test_an_index_beyond_the_features_is_refused(backend):
    """An element index beyond the features is refused; a fraction is always valid."""
    one = task([0.0], [0.0])
    azc.evaluate(program("v1[0] = 1; v1[1.0] = 1"), one, backend=backend)
    for call in (azc.evaluate, many):
        with pytest.raises(azc.AzcError, match="no element 1"):
            call(program("v1[1] = 1"), one, backend=backend)


@every_backend
def test_text_is_no_program(backend):
    """Text instead of a program is an error that names `azc.parse`."""
    for call in (azc.evaluate, many):
        with pytest.raises(azc.AzcError, match=r"azc\.parse"):
            call("def Setup():", task([0.0], [0.0]), backend=backend)


@every_backend
def test_tasks_must_be_tasks(backend):
    """An empty list, or one with something else than tasks, is an error."""
    with pytest.raises(azc.AzcError, match="no tasks"):
        azc.evaluate(predicting_x(), [], backend=backend)
    with pytest.raises(azc.AzcError, match="must be a Task"):
        azc.evaluate(predicting_x(), ["linear"], backend=backend)


@pytest.mark.parametrize(("name", "value"), [("backend", "gpu"), ("precision", "float16")])
def test_an_unknown_choice_is_an_error(name, value):
    """An unknown backend or precision is an error that lists the valid ones."""
    with pytest.raises(azc.AzcError, match=rf"`{name}` must be one of .*, not '{value}'"):
        azc.evaluate(predicting_x(), task([0.0], [0.0]), **{name: value})


@pytest.mark.parametrize("lanes", [0, 257])
def test_lanes_have_bounds(lanes):
    """A number of lanes of 0, or of more than 256, is an error."""
    with pytest.raises(azc.AzcError, match="lanes"):
        Evaluator(task([0.0], [0.0]), lanes=lanes)


@every_backend
def test_memory_that_does_not_fit_is_refused_before_anything_runs(backend, monkeypatch):
    """A program that needs more memory than the machine has is refused before it runs."""
    small = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**18}
    monkeypatch.setattr(os, "sysconf", small.__getitem__)
    x = np.zeros((1, 3072), np.float32)
    big = program("m0 = bcast(v0, axis=0)" + "".join(f"; m{i} = abs(m{i - 1})" for i in range(1, 64)))
    with pytest.raises(azc.AzcError, match=r"takes .* GiB and azc may use 0.8 GiB; use fewer features"):
        Evaluator([azc.Task(x, [0], x, [0])] * 4, backend=backend, lanes=4).evaluate(big)
    with pytest.raises(azc.AzcError, match=r"takes 4.5 GiB"):
        azc.compile(big, 3072, backend=backend)


def test_every_interface_is_tested_here():
    """The evaluation types are the three of this file."""
    assert list(INTERFACES) == ["RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY"]
