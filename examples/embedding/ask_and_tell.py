"""azc's strategies with somebody else's evaluator: a formula for scikit-learn's diabetes data.

pip install 'azc[digits]'
python ask_and_tell.py
"""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

import azc
from azc.search import Search, parameters

VARIABLES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
FORMULA = azc.Signature.function([f"x_{name}" for name in VARIABLES])


def values(program, x):
    """A formula's values on rows of the table: a lane each."""
    algorithm = azc.compile(program, 1, signature=FORMULA, lanes=len(x))
    with np.errstate(all="ignore"):
        found = algorithm.call("Predict", **{f"x_{name}": x[:, i] for i, name in enumerate(VARIABLES)})
        return np.nan_to_num(np.clip(found["value"], -1e6, 1e6))


def evolve(rounds=40, seed=1):
    """The best formula on half of the patients, with R² there and on the others."""
    x, y = load_diabetes(return_X_y=True, scaled=False)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    train_x, test_x, train_y, test_y = train_test_split(x, y / 100, test_size=0.5, random_state=0)
    limits = {"setup": [0, 8], "predict": [0, 16]}
    ops = ["SCALAR_CONST_SET", "SCALAR_SUM", "SCALAR_DIFF", "SCALAR_PRODUCT", "SCALAR_MAX", "SCALAR_TANH"]
    addresses = {"scalars": 20, "vectors": 0, "matrices": 0}
    table = {"addresses": addresses, "ops": ops, "size_limits": limits}
    search = Search(parameters({"seed": seed}, table, FORMULA))
    for _ in range(rounds):
        programs = search.ask(50)
        search.tell(programs, [r2_score(train_y, values(program, train_x)) for program in programs])
    assert search.best is not None
    return search.best, search.best_fitness, r2_score(test_y, values(search.best, test_x))


if __name__ == "__main__":
    program, train, test = evolve()
    print(f"R² {train:.3f}, on other patients {test:.3f}\n{azc.format_program(program)}")
