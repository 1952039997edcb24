"""Tasks, on which programs are evaluated: their makers, image data sets and tables.

Knows arrays, files and draws; nothing of programs, machine code, searches or the command line. Light: Pillow
and scikit-learn load when their data are read.
"""

from azc.tasks.arrays import Arrays
from azc.tasks.checks import check_classes
from azc.tasks.csv_files import csv_rows as csv_rows
from azc.tasks.datasets import FORMS, KNOWN, find_dataset
from azc.tasks.declared import FEATURES as FEATURES
from azc.tasks.declared import MAX_FEATURES
from azc.tasks.declared import TASK as TASK
from azc.tasks.division import TABLE as TABLE
from azc.tasks.division import TableTasks, divide, table_tasks
from azc.tasks.images import Images
from azc.tasks.makers import (
    ALIASES,
    MAKERS,
    Maker,
    maker_from_table,
    set_defaults,
    tasks_from_spec,
    tasks_from_table,
)
from azc.tasks.makers import missing_parameters as missing_parameters
from azc.tasks.overlap import first_seen, may_be_copies, overlap
from azc.tasks.parameters import WORDS, Parameter, parameters
from azc.tasks.preprocessing import Preprocessing, prepare, target_type
from azc.tasks.seeds import SETS, epoch_orders, set_seed, task_seed
from azc.tasks.sums import Floats as Floats
from azc.tasks.sums import Whole as Whole
from azc.tasks.sums import fold
from azc.tasks.tables import Table, read_features, read_table
from azc.tasks.task import Task

__all__ = [
    "ALIASES",
    "FORMS",
    "KNOWN",
    "MAKERS",
    "MAX_FEATURES",
    "SETS",
    "WORDS",
    "Arrays",
    "Images",
    "Maker",
    "Parameter",
    "Preprocessing",
    "Table",
    "TableTasks",
    "Task",
    "check_classes",
    "divide",
    "epoch_orders",
    "find_dataset",
    "first_seen",
    "fold",
    "maker_from_table",
    "may_be_copies",
    "overlap",
    "parameters",
    "prepare",
    "read_features",
    "read_table",
    "set_defaults",
    "set_seed",
    "table_tasks",
    "target_type",
    "task_seed",
    "tasks_from_spec",
    "tasks_from_table",
]
