"""The rules of an evaluation, one at a time, on programs and tasks so small that the numbers can be seen."""

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
"""Sets v2 to what the features stand for: themselves, or nan and the infinities, which no features are."""
CODES = {INF: 2.0**600, -INF: -(2.0**600)}


def coded(*numbers):
    """Features that stand for numbers, of which some are not finite."""
    return [-1e300 if math.isnan(number) else CODES.get(number, number) for number in numbers]


def predicting_coded():
    """A program for one feature that predicts what it stands for."""
    return program(predict=f"{DECODED}; s1 = mean(v2)")


def task(train, valid, y=None, valid_y=None, **more):
    """A task with one feature; labels are zero where none are given."""
    x, v = np.array(train, float)[:, None], np.array(valid, float)[:, None]
    y = np.zeros(len(x)) if y is None else y
    valid_y = np.zeros(len(v)) if valid_y is None else valid_y
    return azc.Task(x, y, v, valid_y, **more)


def run(program, tasks, backend, **more):
    """An evaluation with everything that it can report."""
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
def test_an_error_of_exactly_the_maximum_goes_on(backend):
    """Training goes on at an error that equals max_abs_error."""
    found = run(predicting_x(), task([2.0, -2.0], [1.0], max_abs_error=2.0), backend)
    assert found.train_errors[0].tolist() == [2.0, 2.0]
    assert (found.stopped_early, found.train_steps) == ([False], [2])
    assert found.fitness == pytest.approx(squashed(1.0), rel=1e-15)


@every_backend
def test_an_error_above_the_maximum_stops(backend):
    """The least step above max_abs_error stops training, and a stop in the first epoch scores 0."""
    above = math.nextafter(2.0, INF)
    found = run(predicting_x(), task([1.0, above, 0.0], [1.0], max_abs_error=2.0), backend)
    assert found.train_errors[0].tolist() == [1.0]
    assert found.valid_errors[0].tolist() == []
    assert (found.fitness, found.stopped_early, found.train_steps) == (0.0, [True], [2])


@every_backend
@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_a_nan_or_infinite_error_stops(backend, bad):
    """A prediction that is no finite number stops training."""
    found = run(predicting_coded(), task(coded(bad, 0.0), [1.0], max_abs_error=1e308), backend)
    assert (found.fitness, found.stopped_early, found.train_steps) == (0.0, [True], [1])


@every_backend
def test_an_infinite_maximum_stops_at_nan_only(backend):
    """With max_abs_error infinite an infinite error goes on, and nan still stops."""
    found = run(predicting_coded(), task(coded(INF, 1.0, NAN), [1.0], max_abs_error=INF), backend)
    assert found.train_errors[0].tolist() == [INF, 1.0]
    assert found.train_steps == [3]


@every_backend
def test_the_default_maximum_is_100(backend):
    """Without max_abs_error an error of 100 goes on and a greater one stops."""
    assert not run(predicting_x(), task([100.0], [0.0]), backend).stopped_early[0]
    assert run(predicting_x(), task([100.00000001], [0.0]), backend).stopped_early[0]


@every_backend
def test_learn_does_not_run_on_the_example_that_stops(backend):
    """Memory after a stop is what Predict of the failing example left."""
    p = program("s3 = 1", "s1 = mean(v0); s4 = s4 + s3", COUNTING)
    found = run(p, task([1.0, 1.0, 500.0, 1.0], [1.0]), backend)
    s = found.memory[0]["s"]
    assert (s[2], s[4], s[1], s[0]) == (2.0, 3.0, 500.0, 0.0)


@every_backend
def test_a_stopped_lane_keeps_its_memory_while_others_go_on(backend):
    """What is reported of a stopped task does not change because its neighbours run on."""
    p = program("s3 = 1", "s1 = mean(v0); s4 = s4 + s3", COUNTING)
    tasks = [task([1.0, x, 1.0, 1.0], [1.0, 1.0]) for x in (1.0, 300.0, 1.0, 200.0, 400.0)]
    found = run(p, tasks, backend)
    assert [memory["s"][2] for memory in found.memory] == [4.0, 1.0, 4.0, 1.0, 1.0]
    assert [memory["s"][4] for memory in found.memory] == [6.0, 2.0, 6.0, 2.0, 2.0]
    assert [memory["s"][1] for memory in found.memory] == [1.0, 300.0, 1.0, 200.0, 400.0]
    assert found.fitnesses[1] == found.fitnesses[3] == found.fitnesses[4] == 0.0


@every_backend
def test_features_and_label_are_put_in_again_before_learn(backend):
    """Predict may overwrite v0 and s0: Learn sees the example's features and its label all the same."""
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
    """Setup is not run again in a second epoch."""
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
    """A loss that overflows scores 0 and is no stop."""
    found = run(predicting_x(), task([1.0], [1e200, 1.0], max_abs_error=1e300), backend)
    assert (found.fitness, found.stopped_early) == (0.0, [False])


@every_backend
def test_validation_errors_are_absolute(backend):
    """Reported validation errors have no sign."""
    found = run(predicting_x(), task([1.0], [3.0, -2.0]), backend)
    assert found.valid_errors[0].tolist() == [3.0, 2.0]
    assert found.fitness == pytest.approx(squashed(3.0, 2.0), rel=1e-15)


@every_backend
def test_the_loss_is_summed_as_the_examples_come(backend):
    """The squares are added one after the other, not folded as sums elsewhere are."""
    errors = gaussians(0, 50)
    in_order = np.cumsum(errors * errors)[-1]
    expected = semantics.squashed_rms(in_order, 50)
    assert expected != semantics.squashed_rms(semantics.fold(errors * errors), 50)
    assert run(predicting_x(), task([0.0], errors), backend).fitness == expected


@every_backend
@pytest.mark.parametrize("bad", [NAN, 101.0, -101.0])
def test_a_validation_error_stops_with_fitness_0(backend, bad):
    """A validation error that is nan or too great, of either sign, scores 0 and counts as a stop."""
    found = run(predicting_coded(), task([1.0, 1.0], coded(1.0, bad, 1.0)), backend)
    assert (found.fitness, found.stopped_early, found.train_steps) == (0.0, [True], [2])
    assert found.valid_errors[0].tolist() == [1.0]


@every_backend
def test_a_validation_error_of_exactly_the_maximum_goes_on(backend):
    """Validation goes on at an error that equals max_abs_error."""
    found = run(predicting_x(), task([1.0], [-2.0, 2.0], max_abs_error=2.0), backend)
    assert found.valid_errors[0].tolist() == [2.0, 2.0]
    assert found.fitness == pytest.approx(squashed(2.0), rel=1e-15)


@every_backend
def test_memory_after_a_stopped_validation(backend):
    """Memory is reported as it was when validation stopped, whatever other lanes did then."""
    p = program("s3 = 1", "s1 = mean(v0); s4 = s4 + s3", COUNTING)
    tasks = [task([1.0], [1.0, x, 1.0, 1.0]) for x in (1.0, 300.0, 1.0)]
    assert [memory["s"][4] for memory in run(p, tasks, backend).memory] == [5.0, 3.0, 5.0]


# --- epochs -------------------------------------------------------------------------------------------

GROWING = program("s3 = 1", "s1 = s2 - s5", COUNTING)
"""Predicts how many examples it has learned from."""


def growing(label, epochs, max_abs_error):
    """A task for it: one training example an epoch, labelled 0, and one for validation."""
    return task([0.0], [0.0], valid_y=[label], epochs=epochs, max_abs_error=max_abs_error)


@every_backend
def test_fitness_is_the_best_validation(backend):
    """Over several epochs the best validation counts, be it not the last; errors are the first epoch's."""
    found = run(GROWING, growing(2.0, 4, 100.0), backend)
    assert (found.fitness, found.train_steps, found.stopped_early) == (1.0, [4], [False])
    assert found.train_errors[0].tolist() == [0.0]
    assert found.valid_errors[0].tolist() == [1.0]


@every_backend
def test_a_stop_in_a_later_epoch_keeps_the_best(backend):
    """Training that stops in a later epoch leaves the best fitness so far, and no epoch follows."""
    found = run(GROWING, growing(1.0, 9, 3.0), backend)
    assert (found.fitness, found.stopped_early, found.train_steps) == (1.0, [True], [5])


@every_backend
def test_a_stopped_validation_counts_0_and_training_goes_on(backend):
    """After a validation that stopped, later epochs count as ever."""
    found = run(GROWING, growing(7.0, 5, 5.5), backend)
    assert found.fitness == pytest.approx(squashed(2.0), rel=1e-15)
    assert (found.stopped_early, found.train_steps) == ([True], [5])
    assert found.valid_errors[0].tolist() == []


@every_backend
def test_validations_change_memory_for_the_next_epoch(backend):
    """What Predict does in validation carries over to the next epoch."""
    p = program("s3 = 1", "s4 = s4 + s3")
    assert run(p, task([0.0] * 2, [0.0] * 3, epochs=3), backend).memory[0]["s"][4] == 15.0


SUMMING = program(predict="v1 = v0 + v1; s1 = mean(v1)")
"""Predicts the sum of all features that it has seen."""


@every_backend
def test_training_goes_on_from_memory_as_it_was_at_the_stop(backend):
    """What other lanes do after one has stopped in validation does not reach its next epoch."""
    stops = task([-4.0], [15.0, 1.0, 1.0], epochs=2, max_abs_error=10.0)
    goes_on = task([0.0], [1.0, 1.0, 1.0], epochs=2)
    found = run(SUMMING, [goes_on, stops, goes_on], backend)
    assert [memory["v"][1, 0] for memory in found.memory] == [6.0, 22.0, 6.0]
    assert found.train_steps == [2, 2, 2]


@every_backend
def test_a_stop_of_an_earlier_epoch_is_forgotten(backend):
    """A lane that stopped in one epoch's validation is not put back when another stops in the next one's."""
    orders = [[0, 0], [1, 1], [1, 1]]
    first = task([0.0, -7.5], [13.0, -1.0, -1.0], epochs=3, train_order=orders, max_abs_error=12.0)
    second = task([0.0, 5.95], [0.1, 0.0, 0.0], epochs=3, train_order=orders, max_abs_error=12.0)
    evaluator = Evaluator([first, second], backend=backend)
    alone = [Evaluator(t, backend=backend).fitness(SUMMING) for t in (first, second)]
    assert evaluator.evaluate(SUMMING).fitnesses == alone
    assert evaluator.fitness(SUMMING) == (alone[0] + alone[1]) / 2


@every_backend
def test_examples_are_visited_in_the_order_that_the_task_supplies(backend):
    """Each epoch, the first included, visits the training examples as train_order says."""
    orders = [[2, 0, 0], [1, 1, 2]]
    p = program("s2 = 10", "s1 = mean(v0)", "s4 = s4 * s2; s4 = s4 + s1")
    found = run(p, task([1.0, 2.0, 3.0], [0.0], epochs=2, train_order=orders), backend)
    assert found.train_errors[0].tolist() == [3.0, 1.0, 1.0]
    assert found.memory[0]["s"][4] == 311223.0


@every_backend
def test_without_an_order_examples_are_visited_as_given(backend):
    """Without train_order every epoch takes the examples in their order."""
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
    """Setup is step 0, and a vector's elements are drawn each by its own number."""
    p = program("s2 = uniform(0, 1); v2 = gaussian(0, 1); m2 = uniform(0, 1)")
    x = np.zeros((1, 3))
    memory = run(p, azc.Task(x, [0], x, [0], seed=SEED), backend).memory[0]
    assert memory["s"][2] == drawn(0)
    assert memory["v"][2].tolist() == gaussians(SEED, 3, 1, 0).tolist()
    assert memory["m"][2].ravel().tolist() == uniforms(SEED, 9, 2, 0).tolist()


@every_backend
def test_every_example_opens_a_step(backend):
    """The first epoch's steps run from 1 over training and on over validation."""
    found = run(program(predict="s1 = uniform(0, 1)"), task([0.0] * 3, [0.0] * 2, seed=SEED), backend)
    assert found.train_errors[0].tolist() == [drawn(1), drawn(2), drawn(3)]
    assert found.valid_errors[0].tolist() == [drawn(4), drawn(5)]


@every_backend
def test_steps_go_on_through_epochs(backend):
    """The second epoch's steps follow the first's."""
    p = program(predict="s2 = uniform(0, 1)", learn="s3 = uniform(0, 1)")
    memory = run(p, task([0.0] * 3, [0.0] * 2, epochs=2, seed=SEED), backend).memory[0]
    assert memory["s"][[2, 3]].tolist() == [drawn(10), drawn(8, draw=1)]


@every_backend
def test_a_stop_changes_no_step(backend):
    """After a stopped validation the next epoch's steps are what they would have been."""
    p = program(predict="s2 = uniform(0, 1); s1 = mean(v0)", learn="s3 = uniform(0, 1)")
    found = run(p, task([0.0] * 3, [500.0, 0.0], epochs=2, seed=SEED), backend)
    assert found.memory[0]["s"][[2, 3]].tolist() == [drawn(9), drawn(8, draw=1)]


@every_backend
def test_predict_and_learn_of_an_example_share_a_step(backend):
    """Two instructions with one number draw the same in Predict and Learn of an example."""
    p = program(
        predict="s2 = uniform(0, 1, draw=7)",
        learn="s3 = uniform(0, 1, draw=7); s3 = s3 - s2; s4 = s4 + s3",
    )
    assert run(p, task([0.0] * 5, [0.0]), backend).memory[0]["s"][4] == 0.0


@every_backend
def test_a_step_is_a_position_not_an_example(backend):
    """Steps count along the order visited."""
    shuffled = task([0.0] * 3, [0.0], train_order=[[2, 0, 1]], seed=SEED)
    found = run(program(predict="s1 = uniform(0, 1)"), shuffled, backend)
    assert found.train_errors[0].tolist() == [drawn(1), drawn(2), drawn(3)]


@every_backend
def test_each_task_draws_by_its_own_seed(backend):
    """Lanes with other seeds draw other numbers, the same as alone."""
    seeds = [0, 1, 2**32, 2**63, 2**64 - 1]
    found = run(program("s2 = uniform(0, 1)"), [task([0.0], [0.0], seed=seed) for seed in seeds], backend)
    assert [m["s"][2] for m in found.memory] == [uniforms(seed, 1)[0] for seed in seeds]


# --- ACCURACY -----------------------------------------------------------------------------------------


def accuracy(train, valid, y, valid_y, **more):
    """A task of two classes."""
    return task(train, valid, y, valid_y, eval_type="ACCURACY", **more)


@every_backend
def test_learn_sees_the_sigmoid(backend):
    """In training s1 is replaced by its sigmoid, in memory, before the error is taken and Learn runs."""
    p = program(predict="s1 = mean(v0)", learn="s2 = maximum(s1, s1)")
    found = run(p, accuracy([2.0], [0.0], [1.0], [0.0]), backend)
    probability = 1 / (1 + math.exp(-2.0))
    assert found.memory[0]["s"][2] == pytest.approx(probability, rel=1e-15)
    assert found.train_errors[0] == pytest.approx([1 - probability], rel=1e-14)


@every_backend
def test_validation_leaves_the_prediction_as_it_is(backend):
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
def test_a_class_is_what_lies_above_one_half(backend, prediction, label, error):
    """A probability is class 1 above 0.5; 0.5 itself and nan are class 0; nothing stops."""
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
    """In training a nan, or an error above the maximum, stops a task of two classes."""
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
    """In training v2 becomes the softmax of its first C elements and zero beyond; Learn has the label."""
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
def test_validation_leaves_the_scores_as_they_are(backend):
    """In validation v2 stays as Predict left it, and v1 is zero."""
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
    """The lowest index wins a tie; nan among the first C is an error, beyond them it is nothing."""
    ok = [0.0] * 4
    found = run(program(predict=DECODED), classes([ok], [coded(*row)], [0], [label]), backend)
    assert found.valid_errors[0].tolist() == [error]
    assert (found.fitness, found.stopped_early) == (1.0 - error, [False])


@every_backend
def test_an_error_of_a_class_can_stop(backend):
    """1 - share above max_abs_error stops, equal goes on; nan stops."""
    even, valid = [[0.0, 0.0]], [[1.0, 0.0]]
    for maximum, stopped in ((0.5, False), (0.49, True)):
        one = classes(even, valid, [0], [0], 2, max_abs_error=maximum)
        assert run(program(predict=COPYING), one, backend).stopped_early == [stopped]
    bad = classes([coded(NAN, 0.0)], valid, [0], [0], 2)
    assert run(program(predict=DECODED), bad, backend).stopped_early == [True]


@every_backend
def test_scalars_are_ordinary_with_many_classes(backend):
    """s0 and s1 are neither cleared nor replaced."""
    p = program("s0 = 5; s1 = 7", COPYING)
    s = run(p, classes([[1.0, 2.0]], [[1.0, 2.0]], [0], [1], 2), backend).memory[0]["s"]
    assert s[:2].tolist() == [5.0, 7.0]


# --- sets of tasks ------------------------------------------------------------------------------------


@every_backend
def test_the_mean_over_tasks_is_folded(backend):
    """The fitness on a set is the sum in folded order, divided once."""
    tasks = [task([0.0], [x]) for x in (0.1, 0.7, 1.3, 2.9, 0.01, 11.0, 5.5)]
    found = run(predicting_x(), tasks, backend)
    a, b, c, d, e, f, g = found.fitnesses
    folded = (((a + e) + (c + g)) + ((b + f) + d)) / 7
    assert folded != (a + b + c + d + e + f + g) / 7
    assert found.fitness == folded


@every_backend
def test_unlike_tasks_in_one_call_keep_their_order(backend):
    """Tasks of other features, lengths, epochs and evaluation types are grouped; results stand as given."""
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
    for place, one in enumerate(alone):
        assert np.array_equal(found.train_errors[place], one.train_errors[0])
        assert np.array_equal(found.memory[place]["v"], one.memory[0]["v"])


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
    """A dump of memory has at least ten addresses of each kind, unused ones zero, dead writes included."""
    x = np.zeros((1, 2))
    p = program("s12 = 4; v20[1.0] = 5")
    memory = azc.evaluate(p, azc.Task(x, [0], x, [0]), backend=backend, want=["memory"]).memory[0]
    shapes = [memory[kind].shape for kind in "svm"]
    assert shapes == [(13,), (21, 2), (10, 2, 2)]
    assert (memory["s"][12], memory["v"][20, 1]) == (4.0, 5.0)


@every_backend
def test_nans_are_reported_as_one_value(backend):
    """Sign and payload of a nan do not show in memory."""
    p = program("s2 = nan; s3 = -1; s2 = s2 * s3; s4 = log(s3); s5 = s6 / s6")
    memory = azc.evaluate(p, task([0.0], [0.0]), backend=backend, want=["memory"]).memory[0]
    assert {value.tobytes() for value in memory["s"][[2, 4, 5]]} == {np.float64(np.nan).tobytes()}


# --- what is refused ----------------------------------------------------------------------------------


@every_backend
def test_an_unknown_want_is_an_error(backend):
    """The error names what there is to want."""
    with pytest.raises(azc.AzcError, match="'memory', not 'memries'"):
        azc.evaluate(predicting_x(), task([0.0], [0.0]), backend=backend, want=["memries"])


@every_backend
def test_an_unsound_program_is_refused(backend):
    """A program that the verifier does not accept runs nowhere."""
    bad = azc.Program(predict=(Instruction(BY_NAME["VECTOR_MEAN"]),))
    for call in (azc.evaluate, many):
        with pytest.raises(azc.AzcError, match="VECTOR_MEAN"):
            call(bad, task([0.0], [0.0]), backend=backend)


@every_backend
def test_an_index_beyond_the_features_is_refused(backend):
    """An absolute index must exist in every task; a fraction always does."""
    one = task([0.0], [0.0])
    azc.evaluate(program("v1[0] = 1; v1[1.0] = 1"), one, backend=backend)
    for call in (azc.evaluate, many):
        with pytest.raises(azc.AzcError, match="no element 1"):
            call(program("v1[1] = 1"), one, backend=backend)


@every_backend
def test_a_program_must_be_one(backend):
    """Text is no program, and the error says how to read it."""
    for call in (azc.evaluate, many):
        with pytest.raises(azc.AzcError, match=r"azc\.parse"):
            call("def Setup():", task([0.0], [0.0]), backend=backend)


@every_backend
def test_tasks_must_be_tasks(backend):
    """No tasks, and what is no task, are errors."""
    with pytest.raises(azc.AzcError, match="no tasks"):
        azc.evaluate(predicting_x(), [], backend=backend)
    with pytest.raises(azc.AzcError, match="must be a Task"):
        azc.evaluate(predicting_x(), ["linear"], backend=backend)


@pytest.mark.parametrize(("name", "value"), [("backend", "gpu"), ("precision", "float16")])
def test_an_unknown_choice_is_an_error(name, value):
    """The error names the choices that there are."""
    with pytest.raises(azc.AzcError, match=rf"`{name}` must be one of .*, not '{value}'"):
        azc.evaluate(predicting_x(), task([0.0], [0.0]), **{name: value})


@pytest.mark.parametrize("lanes", [0, 257])
def test_lanes_have_bounds(lanes):
    """A number of lanes that no block has is an error."""
    with pytest.raises(azc.AzcError, match="lanes"):
        Evaluator(task([0.0], [0.0]), lanes=lanes)


@every_backend
def test_memory_that_does_not_fit_is_refused_before_anything_runs(backend, monkeypatch):
    """All matrices at 3,072 features in some lanes are more than a small machine has."""
    small = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**18}
    monkeypatch.setattr(os, "sysconf", small.__getitem__)
    x = np.zeros((1, 3072), np.float32)
    big = program("m0 = bcast(v0, axis=0)" + "".join(f"; m{i} = abs(m{i - 1})" for i in range(1, 64)))
    with pytest.raises(azc.AzcError, match=r"takes .* GiB and azc may use 0.8 GiB; use fewer features"):
        Evaluator([azc.Task(x, [0], x, [0])] * 4, backend=backend, lanes=4).evaluate(big)
    with pytest.raises(azc.AzcError, match=r"takes 4.5 GiB"):
        azc.compile(big, 3072, backend=backend)


def test_every_interface_is_tested_here():
    """There are three evaluation types."""
    assert list(INTERFACES) == ["RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY"]
