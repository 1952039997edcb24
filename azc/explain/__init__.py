"""What a program means, as formulas over real numbers and in words; and what its parts are worth on tasks."""

from azc.explain.behaviour import Behaviour as Behaviour
from azc.explain.behaviour import Chain as Chain
from azc.explain.behaviour import behaviour as behaviour
from azc.explain.changes import changes as changes
from azc.explain.explanation import Explanation as Explanation
from azc.explain.explanation import Line as Line
from azc.explain.explanation import explain as explain
from azc.explain.formulas import Formula as Formula
from azc.explain.formulas import Node as Node
from azc.explain.learning import Learning as Learning
from azc.explain.learning import Rule as Rule
from azc.explain.learning import learning as learning
from azc.explain.naming import NamedAddress as NamedAddress
from azc.explain.naming import Symbol as Symbol
from azc.explain.parts import Part as Part
from azc.explain.parts import known_parts as known_parts
from azc.explain.worth import FACTORS as FACTORS
from azc.explain.worth import Curve as Curve
from azc.explain.worth import Difference as Difference
from azc.explain.worth import ablation as ablation
from azc.explain.worth import sensitivity as sensitivity
