"""Compiled modules: memory, Setup, Predict and Learn."""

import warnings

import numpy as np
import pytest
from backends.python.making import instruction
from programs import linear

import azc
from azc.backends.python import load_module, source
from azc.errors import AzcError
from azc.ir import INTERFACES, Program
from azc.language import parse

LINEAR_REGRESSION = parse(linear(0.5))
CLASSES = INTERFACES["MULTICLASS_ACCURACY"]


def test_new_memory_is_zero_and_fits_the_program():
    """New memory has the addresses of program and interface, all zero, in the module's precision."""
    memory = load_module(LINEAR_REGRESSION, precision="float32").new_memory(4, seed=-1)
    assert (memory.s.shape, memory.v.shape, memory.m.shape) == ((5,), (3, 4), (0, 4, 4))
    assert all(not cells.any() and cells.dtype == np.float32 for cells in (memory.s, memory.v, memory.m))
    assert (memory.seed, memory.step) == (2**64 - 1, 0)


def test_memory_for_an_empty_program_fits_its_interface():
    """An empty program has memory for the features, label and prediction of its interface."""
    memory = load_module(Program(), CLASSES).new_memory(2)
    assert (len(memory.s), len(memory.v), len(memory.m)) == (0, 3, 0)
    memory = load_module(Program()).new_memory(2)
    assert (len(memory.s), len(memory.v), len(memory.m)) == (2, 1, 0)


def test_minimum_adds_addresses():
    """Memory has at least `minimum` addresses of each kind, more if the program needs them."""
    memory = load_module(LINEAR_REGRESSION, minimum=4).new_memory(3)
    assert (len(memory.s), len(memory.v), len(memory.m)) == (5, 4, 4)


def test_linear_regression_by_hand():
    """A step of gradient descent gives weights and a next prediction as computed by hand."""
    module = load_module(LINEAR_REGRESSION)
    memory = module.new_memory(2)
    module.setup(memory)
    assert module.predict(memory, [1.0, 2.0]) == 0.0
    module.learn(memory, [1.0, 2.0], 3.0)
    assert memory.v[1].tolist() == [1.5, 3.0]
    assert module.predict(memory, [2.0, 1.0]) == 6.0
    assert memory.s.tolist() == [0.0, 6.0, 0.5, 3.0, 1.5]


def test_predict_counts_the_step_and_clears_the_label():
    """Predict increments the step and clears the label first; Learn does neither."""
    module = load_module(Program((), (instruction("SCALAR_ABS", "s1", "s0"),)))
    memory = module.new_memory(1)
    module.learn(memory, [0.0], 5.0)
    assert (memory.s[0], memory.step) == (5.0, 0)
    assert module.predict(memory, [0.0]) == 0.0
    assert (memory.s[0], memory.step) == (0.0, 1)


def test_the_step_wraps_at_64_bits():
    """Step zero follows the last step of 64 bits."""
    module = load_module(Program())
    memory = module.new_memory(1)
    memory.step = 2**64 - 1
    module.predict(memory, [0.0])
    assert memory.step == 0


def test_setup_is_step_zero_and_clears_nothing():
    """Setup resets the step to zero and changes no memory except its own results."""
    module = load_module(LINEAR_REGRESSION)
    memory = module.new_memory(2)
    memory.v[1] = [3.0, 4.0]
    memory.step = 9
    module.setup(memory)
    assert memory.step == 0
    assert memory.v[1].tolist() == [3.0, 4.0]
    assert memory.s.tolist() == [0.0, 0.0, 0.5, 0.0, 0.0]


def test_learn_reads_its_own_features_and_label():
    """Learn reads the features and the label of its call, even if Predict has overwritten them in memory."""
    spoil = (
        instruction("VECTOR_DIFF", "v0", "v0", "v0"),
        instruction("SCALAR_CONST_SET", "s0", constants=(9.0,)),
    )
    keep = (instruction("VECTOR_ABS", "v1", "v0"), instruction("SCALAR_ABS", "s2", "s0"))
    module = load_module(Program((), spoil, keep))
    memory = module.new_memory(2)
    module.predict(memory, np.array([1.0, 2.0]))
    module.learn(memory, np.array([1.0, 2.0]), 3.0)
    assert memory.v[1].tolist() == [1.0, 2.0]
    assert memory.s[2] == 3.0


def test_features_are_copied():
    """Features are copied: a program that writes to v0 does not change the caller's array."""
    module = load_module(Program((), (instruction("VECTOR_DIFF", "v0", "v0", "v0"),)))
    features = np.array([1.0, 2.0])
    module.predict(module.new_memory(2), features)
    assert features.tolist() == [1.0, 2.0]


def test_multiclass_label_and_prediction():
    """A multiclass label is a one-hot vector, zero during Predict; a prediction is a copied vector."""
    program = Program((), (instruction("VECTOR_SUM", "v2", "v0", "v1"),))
    module = load_module(program, CLASSES)
    memory = module.new_memory(3)
    module.learn(memory, [1.0, 2.0, 3.0], 2)
    assert memory.v[1].tolist() == [0.0, 0.0, 1.0]
    prediction = module.predict(memory, [1.0, 2.0, 3.0])
    assert prediction.tolist() == [1.0, 2.0, 3.0]
    assert memory.v[1].tolist() == [0.0, 0.0, 0.0]
    module.predict(memory, [0.0, 0.0, 0.0])
    assert prediction.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("label", [-1, 3, 1.5, float("nan")])
def test_unknown_class_is_refused(label):
    """A label that is not a class number is refused before memory changes."""
    module = load_module(Program(), CLASSES)
    memory = module.new_memory(3)
    with pytest.raises(ValueError, match="expected a whole number from 0 to 2"):
        module.learn(memory, [1.0, 2.0, 3.0], label)
    assert not memory.v.any()


@pytest.mark.parametrize("features", [[], [1.0], [1.0, 2.0, 3.0]])
def test_wrong_number_of_features_is_refused(features):
    """A wrong number of features is refused before the step is counted; a single one is not broadcast."""
    module = load_module(LINEAR_REGRESSION)
    memory = module.new_memory(2)
    with pytest.raises(ValueError, match=f"{len(features)} numbers came as features, expected 2"):
        module.predict(memory, features)
    with pytest.raises(ValueError, match=f"{len(features)} numbers came as features, expected 2"):
        module.learn(memory, features, 1.0)
    assert memory.step == 0


def test_absolute_index_beyond_the_features_is_refused():
    """Memory with too few features for an absolute index of the program is refused."""
    write = instruction("VECTOR_CONST_SET", "v1", constants=(5, 1.0))
    module = load_module(Program((), (), (write,)))
    with pytest.raises(ValueError, match="5 features came, expected at least 6"):
        module.new_memory(5)
    memory = module.new_memory(6)
    module.learn(memory, [0.0] * 6, 0.0)
    assert memory.v[1].tolist() == [0.0] * 5 + [1.0]


def test_unknown_precision():
    """An unknown precision is an error that names the known ones."""
    with pytest.raises(AzcError, match="'float64', 'float32', not 'float16'"):
        load_module(Program(), precision="float16")


def test_no_warnings():
    """Division by zero, overflow and inputs beyond float32 give values without warnings."""
    program = Program(
        (),
        (
            instruction("SCALAR_RECIPROCAL", "s1", "s2"),
            instruction("SCALAR_DIVISION", "s3", 1e300, 1e-300),
            instruction("SCALAR_LOG", "s4", "s2"),
            instruction("VECTOR_INNER_PRODUCT", "s5", "v0", "v0"),
        ),
    )
    module = load_module(program, precision="float32")
    memory = module.new_memory(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module.predict(memory, [1e30, 1e300])
        module.learn(memory, [1e30, 1e300], -1e300)
    assert memory.s.tolist() == [-np.inf, np.inf, 0.0, np.inf, -np.inf, np.inf]


def test_names_of_python_get_an_underscore():
    """Functions and inputs named like something of Python or of the module have other names there."""
    inputs = {"s": "s3", "s_": "s4", "len": "v0", "lambda": "s5"}
    signature = azc.Signature(
        "odd", {"S": {}, "Len": {"inputs": inputs, "outputs": {"y": "s1"}}, "New_Memory": {}, "Sum": {}}
    )
    program = azc.parse("def Len():\n  s1 = mean(v0)\n", signature=signature)
    module = load_module(program, signature)
    memory = module.new_memory(2)
    module.s_(memory)
    assert module.len_(memory, s_=1, s__=2, len_=[3, 5], lambda_=4) == 4.0
    assert memory.s[[3, 4, 5]].tolist() == [1, 2, 4]
    module.new_memory_(memory)
    module.sum_(memory)


def test_the_name_of_a_signature_is_no_code():
    """Quotes and backslashes in a signature's name stand in the docstring as they are."""
    for name in ('a""" + 1/0 + """', "C:\\x", "{1/0}"):
        signature = azc.Signature(name, {"S": {}, "A": {"outputs": {"y": "s1"}}})
        text = source(azc.parse("def A():\n  s1 = 2\n", signature=signature), signature)
        scope = {}
        exec(text, scope)
        assert name in scope["__doc__"]


def test_several_outputs_are_returned_by_name():
    """A function with several outputs returns them by name, vectors as copies."""
    signature = azc.Signature("two", {"S": {}, "A": {"outputs": {"y": "s1", "z": "v1"}}})
    module = load_module(azc.parse("def A():\n  s1 = 2\n  v1[0] = 3\n", signature=signature), signature)
    memory = module.new_memory(2)
    module.s_(memory)
    found = module.a(memory)
    memory.v[1] = 0
    assert (found["y"], found["z"].tolist(), memory.step) == (2.0, [3.0, 0.0], 1)
