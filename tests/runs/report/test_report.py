"""The report of a run: differences, dataflow, long runs, escaping, runs of all kinds, damage."""

import hashlib
import html
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from programs import linear
from runs.report_making import CONFIG, add_improvements, improvement_row, program, run
from strategies import programs

from azc.cli import main
from azc.errors import AzcError
from azc.ir import FUNCTIONS, INTERFACES, Address, Program, interface_of
from azc.language import parse
from azc.runs.folder import RunFolder, lock
from azc.runs.header import Header, header_text
from azc.runs.history import History
from azc.runs.report import write_report
from azc.runs.report.dataflow import ENTRY, EXIT, GIVEN, START, Graph, graph
from azc.runs.report.drawing import MAX_CHARACTERS, drawing
from azc.runs.report.improvements import steps
from azc.runs.report.listing import ADDED, REMOVED, SAME, UNREADABLE, changes, difference, lines
from azc.runs.report.page import environment, plain
from azc.runs.report.queries import chosen_rounds, chosen_steps, sums_between
from azc.runs.report.run_data import read
from azc.tasks import SETS

RMS = interface_of("RMS_ERROR")


def page(folder: RunFolder) -> str:
    """The report of a run."""
    return write_report(folder).read_text(encoding="utf-8")


def island(text: str, name: str) -> Any:
    """The content of a data island of the page."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def without_scripts(text: str) -> str:
    """A page without its scripts."""
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


# --- differences ------------------------------------------------------------------------------------------


def rows_of(old: str, new: str) -> list[tuple[str, str]]:
    """A difference of two programs as marks and texts."""
    found = difference(lines(old, RMS), lines(new, RMS))
    return [(row.mark, row.text.strip()) for row in found]


def test_an_altered_line_stands_below_the_old_one() -> None:
    """A line with an altered constant stands right below the old one; all other lines are unchanged."""
    found = rows_of(program(0.1), program(0.2))
    assert (REMOVED, "s2 = 0.1") in found
    assert found[found.index((REMOVED, "s2 = 0.1")) + 1] == (ADDED, "s2 = 0.2")
    assert sum(mark != SAME for mark, _ in found) == 2


def test_only_changed_words_are_marked() -> None:
    """`changes` gives the ranges of changed words in the old and the new text."""
    assert changes("  s2 = s1 * s3", "  s2 = s1 * s4") == (((12, 14),), ((12, 14),))
    assert changes("  s2 = 0.5", "  s2 = -0.25") == (((7, 10),), ((7, 12),))


def test_lines_that_share_nothing_are_no_counterparts() -> None:
    """Lines with nothing in common are a removed and an added one, without marked words."""
    old, new = program(0.1), program(0.1).replace("s1 = dot(v0, v1)", "m3 = outer(v4, v5)")
    found = [row for row in difference(lines(old, RMS), lines(new, RMS)) if row.mark != SAME]
    assert [row.mark for row in found] == [REMOVED, ADDED]
    assert not any(row.changed for row in found)


def test_equal_lines_of_different_functions_do_not_match() -> None:
    """An instruction moved from Setup to Learn is removed there and added here."""
    found = rows_of(linear(setup="s9 = s8 + s8"), linear(learn="s9 = s8 + s8"))
    assert (REMOVED, "s9 = s8 + s8") in found
    assert (ADDED, "s9 = s8 + s8") in found
    assert [text for mark, text in found if text.startswith("def")] == [
        "def Setup():",
        "def Predict():",
        "def Learn():",
    ]


def test_a_line_that_becomes_live_is_marked() -> None:
    """An unchanged line that becomes live is marked, one that becomes dead is not."""
    alive = program(0.1).replace("s1 = dot(v0, v1)", "s1 = dot(v0, v1)\n  s1 = s1 * s3")
    before = lines(program(0.1), RMS)
    (row,) = [row for row in difference(before, lines(alive, RMS)) if row.text == "  s3 = 7"]
    assert (row.mark, row.live, row.woke) == (SAME, True, True)
    (row,) = [row for row in difference(lines(alive, RMS), before) if row.text == "  s3 = 7"]
    assert (row.live, row.woke) == (False, False)


@given(programs(), programs())
def test_a_difference_holds_both_programs(old: Program, new: Program) -> None:
    """A difference without added lines is the old program, without removed ones the new program."""
    from azc.language import format_program

    before, after = (lines(format_program(p), RMS, draws=True) for p in (old, new))
    rows = difference(before, after)
    assert [r.text for r in rows if r.mark != ADDED] == [line.text for line in before]
    assert [r.text for r in rows if r.mark != REMOVED] == [line.text for line in after]
    for row in rows:
        assert all(0 <= begin < end <= len(row.text) for begin, end in row.changed)


def test_a_text_that_is_no_program_is_listed_unchanged() -> None:
    """A text that is no program is listed unchanged, as unreadable."""
    found = lines("def Setup(\n  what", RMS)
    assert [line.text for line in found] == ["def Setup(", "  what"]
    assert {line.function for line in found} == {UNREADABLE}


# --- dataflow ---------------------------------------------------------------------------------------------


def linear_graph() -> Graph:
    """The graph of linear regression."""
    return graph(parse(program(0.1)), RMS)


def texts(made: Graph) -> set[str]:
    """Texts of the nodes of a drawing."""
    return {node["text"] for function in drawing(made)["functions"] for node in function["nodes"]}


def test_values_between_functions_are_nets() -> None:
    """Nets carry values between functions: the rate, the prediction, and weights to the next example."""
    nets = {(net.source, str(net.address)): net for net in linear_graph().nets}
    assert nets.keys() == {("Setup", "s2"), ("Predict", "s1"), ("Learn", "v1")}
    assert nets["Setup", "s2"].targets == ("Learn",)
    assert nets["Learn", "v1"].targets == ("Predict", "Learn")
    assert "Predict" in nets["Learn", "v1"].carried
    assert "Learn" in nets["Learn", "v1"].carried
    assert "Learn" not in nets["Predict", "s1"].carried


def test_dead_code_is_not_drawn() -> None:
    """Dead instructions are no nodes of the graph."""
    assert [len(part.instructions) for part in linear_graph().parts] == [1, 1, 4]


def test_learn_reads_the_prediction_after_the_sigmoid() -> None:
    """Learn reads the prediction after the sigmoid with ACCURACY."""
    made = graph(parse(program(0.1)), interface_of("ACCURACY"))
    assert made.parts[2].origins[Address("s", 1)] == {f"{GIVEN}sigmoid"}
    assert "sigmoid s1" in texts(made)


def test_only_learn_is_shown_the_label() -> None:
    """Learn reads the label; Predict reads zero at its address, even after Learn wrote there."""
    made = graph(parse(linear(predict="s1 = s1 + s0", learn="s0 = 1")), RMS)
    assert made.parts[1].origins[Address("s", 0)] == {START}
    assert made.parts[2].origins[Address("s", 0)] == {f"{GIVEN}label"}
    assert {"s0 = 0", "label s0"} <= texts(made)


def test_unwritten_memory_is_zero() -> None:
    """A prediction that no instruction writes is zero and leads from entry to exit."""
    empty = graph(Program(), RMS)
    assert [(edge.source, edge.target) for edge in empty.parts[1].edges] == [(ENTRY, EXIT)]
    assert "s1 = 0" in texts(empty)


@given(programs(), st.sampled_from(sorted(INTERFACES)))
def test_every_edge_starts_at_the_last_write(made: Program, eval_type: str) -> None:
    """An edge within a function starts where its address was last written."""
    found = graph(made, interface_of(eval_type))
    for part in found.parts:
        for edge in part.edges:
            if edge.source >= 0:
                assert part.instructions[edge.source].out == edge.address
            between = range(edge.source + 1, edge.target if edge.target != EXIT else len(part.instructions))
            assert all(part.instructions[n].out != edge.address for n in between)
    names = {part.name: part for part in found.parts}
    for net in found.nets:
        assert net.address in names[net.source].exits
        assert all(net.address in names[target].entries for target in net.targets)


@given(programs(), st.sampled_from(sorted(INTERFACES)))
def test_every_program_can_be_drawn(made: Program, eval_type: str) -> None:
    """A drawing has a node for each live instruction, entry and exit; all lines join two nodes."""
    found = graph(made, interface_of(eval_type))
    functions, wires = drawing(found)["functions"], drawing(found)["wires"]
    for part, function in zip(found.parts, functions, strict=True):
        names = [node["name"] for node in function["nodes"]]
        assert len(set(names)) == len(part.instructions) + len(part.entries) + len(part.exits)
        assert {edge[end] for edge in function["edges"] for end in ("source", "target")} <= {*names}
    roles = {node["name"]: node["role"] for function in functions for node in function["nodes"]}
    assert {(roles[wire["source"]], roles[wire["target"]]) for wire in wires} <= {("exit", "entry")}
    assert [function["title"] for function in functions] == [name.capitalize() for name in FUNCTIONS]


def test_a_long_instruction_is_cut_in_its_node_but_not_in_its_title() -> None:
    """A node's text has few digits and characters; its title has the complete instruction."""
    text = program(0.1).replace("s2 = 0.1", "v1 = gaussian(-0.1234567891, 0.1234567891)\n  s2 = 0.123456789")
    setup, *_ = drawing(graph(parse(text), RMS))["functions"]
    said = {node["text"]: node["full"] for node in setup["nodes"] if node["role"] == "node"}
    assert said["s2 = 0.123"] == "Setup: s2 = 0.123456789"
    assert all(len(short) <= MAX_CHARACTERS for short in said)


# --- long runs --------------------------------------------------------------------------------------------


@given(st.integers(0, 10**6), st.integers(20, 500))
def test_chosen_rounds_are_few_and_hold_both_ends(last: int, most: int) -> None:
    """Chosen rounds rise from 1 to the last and are at most the given number."""
    found = chosen_rounds(last, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    assert not last or (found[0], found[-1]) == (1, last)


def test_sums_between_chosen_rounds_are_complete() -> None:
    """Sums between chosen rounds count each round once, and nan as zero."""
    values = np.array([1.0, 2.0, np.nan, 4.0, 5.0])
    assert sums_between(values, [1, 3, 5]).tolist() == [1.0, 2.0, 9.0]


def test_the_greatest_of_many_steps_are_chosen() -> None:
    """Chosen steps are the first, the last and the greatest improvements, in order."""
    values = np.array([0.1, 0.2, 0.7, 0.71, 0.9, 0.91, 0.92])
    assert chosen_steps(values, 4) == [0, 2, 4, 6]
    assert chosen_steps(values, 7) == [*range(7)]


def test_a_long_run_is_read_in_few_rows(tmp_path: Path) -> None:
    """A long run is read in few rows, with the totals of the entire run."""
    data = read(run(tmp_path / "run", rounds=2000, islands=2, improvements=700).history)
    assert data.rounds == 2000
    assert len(data.evals) == len(data.costs["exact_hits"]) <= 400
    assert data.evals[-1] == 2 * 200_000
    assert data.costs["exact_hits"].sum() == 2 * 2000 * 40
    assert (len(data.best), data.n_best) == (500, 700)
    assert data.best[-1]["rank"] == 700


def test_many_islands_are_a_distribution(tmp_path: Path) -> None:
    """More than a dozen islands are drawn as a distribution, not one by one."""
    few, many = (read(run(tmp_path / str(n), islands=n).history) for n in (12, 13))
    assert [*few.populations] == ["all islands", *(f"island {n}" for n in range(12))]
    assert [*many.populations] == ["population"]
    assert many.records.shape == (5, 13)
    assert few.records.size == 0


def test_an_experiment_begins_where_the_round_before_it_ended(tmp_path: Path) -> None:
    """Restarts are at the end of the round before an experiment's first row."""
    assert read(run(tmp_path / "run", rounds=90).history).restarts == {0: [3900, 7900]}


def test_workers_are_not_busier_than_they_can_be(tmp_path: Path) -> None:
    """Round seconds noted only every second round are spread over the neighbouring rounds."""
    folder = run(tmp_path / "run", rounds=60)
    history = History(folder.history)
    history._do("UPDATE rounds SET round_seconds = 0.2 * (round % 2)")
    history._do("UPDATE starts SET worker_count = 2")
    history.close()
    charts = island(page(folder), "charts")
    workers, busy = charts["busy-chart"]["views"][""]
    assert workers["y"] == [2, 2]
    assert all(0.7 < share < 1.3 for share in busy["y"])


def test_many_islands_rise_in_steps(tmp_path: Path) -> None:
    """Curves of many islands rise in steps, as slopes would be above the best of the run."""
    charts = island(page(run(tmp_path / "run", islands=13)), "charts")
    traces = charts["progress-chart"]["views"][""]
    assert {trace["line"]["shape"] for trace in traces if trace["mode"].startswith("lines")} == {"hv"}


def test_one_minus_fitness_is_a_view_up_to_fitness_one(tmp_path: Path) -> None:
    """The view of 1 - fitness has a fitness of 1 at the bottom, and is left out for fitnesses above 1."""

    def chart(name: str, fitness: float) -> Any:
        folder = run(tmp_path / name, improvements=2)
        add_improvements(folder, improvement_row(3, fitness=fitness))
        text = page(folder)
        found = island(text, "charts")["progress-chart"]
        assert ("data-fitness" in without_scripts(text)) == ("error" in found["views"])
        return found

    perfect = chart("perfect", 1.0)
    assert perfect["views"]["error"][-2]["y"] == pytest.approx([1 / 2, 1 / 3, 1 / 6])
    assert perfect["yaxes"]["error"]["title"]["text"] == "1 − best fitness, 0 at the bottom"
    assert "error" not in chart("above", 1.5)["views"]


def test_points_of_many_improvements_have_no_outline(tmp_path: Path) -> None:
    """Points of more than 60 improvements have no outline, which would hide their curve."""

    def outline(improvements: int) -> float:
        folder = run(tmp_path / str(improvements), improvements=improvements)
        traces = island(page(folder), "charts")["progress-chart"]["views"][""]
        return float(traces[-2]["marker"]["line"]["width"])

    assert outline(60) > 0
    assert outline(61) == 0


def test_areas_of_one_round_have_a_width(tmp_path: Path) -> None:
    """Areas of a run of one round reach from the first program to the last, and the page says so."""
    text = page(run(tmp_path / "run", rounds=1))
    charts = island(text, "charts")
    for name in ("fitness-chart", "sizes-chart", "distinct-chart"):
        assert [trace["x"] for trace in charts[name]["views"]["population"]][-1] == [1, 100]
    assert "its final values are drawn over all of it" in text


# --- escaping ---------------------------------------------------------------------------------------------


def rendered(template: str, value: Any) -> str:
    """A template rendered with a value."""
    return environment().from_string(template).render(value=value)


@given(st.text())
def test_text_is_escaped(text: str) -> None:
    """Any text is escaped in elements and attributes, and reads back unchanged."""
    made = rendered('<p title="{{ value }}">{{ value }}</p>', text)
    found = re.fullmatch(r'<p title="([^"<>]*)">([^<>]*)</p>', made)
    assert found is not None
    assert html.unescape(found[1]) == html.unescape(found[2]) == text


@given(st.text())
def test_no_text_ends_a_data_island(text: str) -> None:
    """Any text in a data island reads back unchanged and has no `<` there."""
    inner = rendered("{{ value | tojson }}", plain([text]))
    assert "<" not in inner
    assert json.loads(inner) == [text]


def test_nan_and_infinity_are_null() -> None:
    """Nan and infinity are null in JSON, a gap in a chart."""
    assert plain(np.array([1.0, np.nan, np.inf, 0.1])) == [1, None, None, 0.1]


def test_an_undefined_name_in_a_template_is_an_error() -> None:
    """An undefined name in a template is an error."""
    with pytest.raises(UndefinedError):
        rendered("{{ other }}", 1)


def test_files_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    """Names, programs and texts of a run are escaped, and not rendered as templates."""
    evil = "<script>alert(1)</script>{{ 7 * 191 }}"
    folder = run(tmp_path / "a<b&c", improvements=0)
    folder.config.write_text(f"{CONFIG}max_abs_error = '{evil}'\n# {evil}\n")
    folder.hall_of_fame.write_text(f'length,fitness,island,evaluation,program\n3,0.5,0,9,"{evil}"\n')
    history = History(folder.history)
    history.add("improvements", [improvement_row(1, program=evil, mutations=evil)])
    history.begin({"first_round": 6, "workers": evil, "host": evil, "started_at": evil})
    history.commit()
    history.close()
    text = page(folder)
    assert "alert(1)</script>" not in text
    assert "{{ 7 * 191 }}" in text
    assert "1337" not in without_scripts(text)
    assert "a&lt;b&amp;c</h1>" in text


# --- runs of all kinds ------------------------------------------------------------------------------------


def test_the_page_is_self_contained(tmp_path: Path) -> None:
    """The report is one file with plotly and the run's numbers, under a policy without network."""
    folder = run(tmp_path / "run")
    assert write_report(folder) == folder.report
    text = folder.report.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "plotly.js (basic" in text
    assert not re.search(r'<(script|link|img)[^>]*(src|href)="', text)
    for title in ("Progress", "Population", "Mutations that paid", "Hall of fame", "The program"):
        assert f">{title}</h2>" in text
    assert len(island(text, "improvements")) == 4


def test_vendored_scripts_match_their_checksums() -> None:
    """Each vendored script matches its checksum, has a license file, and contains no `</script`."""
    vendor = resources.files("azc.runs.report") / "vendor"
    table = (vendor / "README.md").read_text(encoding="utf-8")
    sums = dict(re.findall(r"^\| `([\w.-]+)` .* `([0-9a-f]{64})` \|$", table, re.MULTILINE))
    assert sums.keys() == {path.name for path in vendor.iterdir() if path.name.endswith(".js")}
    for name, sum_ in sums.items():
        script = (vendor / name).read_bytes()
        assert hashlib.sha256(script).hexdigest() == sum_
        assert b"</script" not in script.lower()
        assert "Permission is hereby granted" in (vendor / f"{name}.LEGAL.txt").read_text(encoding="utf-8")


def test_words_of_the_search_are_explained(tmp_path: Path) -> None:
    """The page explains hits, the hurdle and the budget."""
    text = page(run(tmp_path / "run"))
    for word in (
        "Exact hits: the same program",
        "Functional hits: one that",
        "at the hurdle or in the race when",
        "over budget would",
    ):
        assert word in text


def test_each_improvement_has_its_difference_and_facts(tmp_path: Path) -> None:
    """An improvement has facts, and one difference if its ancestor is the improvement before it."""
    folder = run(tmp_path / "run")
    first, second, *_ = steps(read(folder.history), RMS)
    assert {row[0] for row in first["before"]} == {ADDED}
    changed = [row for row in second["before"] if row[0] != SAME]
    assert [row[1] for row in changed] == ["  s2 = 0.001", "  s2 = 0.002"]
    assert second["ancestor"] is None
    assert second["known"]
    assert second["mutations"] == ["alter_param"]
    facts = dict(second["facts"])
    assert facts["Fitness"] == "0.666667 (+0.166667)"
    assert facts["Generations"] == "3 since its ancestor that was an improvement"
    assert facts["Known after"] == "100 ms of search, with all of its round"


def test_a_first_program_has_no_generations(tmp_path: Path) -> None:
    """A first program has 0 generations; its child's are counted from the beginning."""
    folder = run(tmp_path / "run", improvements=0)
    rows = (improvement_row(n, generations=n - 1, ancestor=None) for n in (1, 2))
    add_improvements(folder, *rows)
    found = [dict(step["facts"])["Generations"] for step in steps(read(folder.history), RMS)]
    assert found == ["0, a first program", "1 from the beginning"]


def test_an_improvement_of_another_lineage_has_two_differences(tmp_path: Path) -> None:
    """An improvement of another lineage has a difference from its ancestor and one from the best before."""
    folder = run(tmp_path / "run", improvements=2)
    add_improvements(folder, improvement_row(3, ancestor=10))
    *_, third = steps(read(folder.history), RMS)
    assert [row[1] for row in third["ancestor"] if row[0] == REMOVED] == ["  s2 = 0.001"]
    assert [row[1] for row in third["before"] if row[0] == REMOVED] == ["  s2 = 0.002"]


def test_a_run_without_improvements_says_so(tmp_path: Path) -> None:
    """The report of a run without improvements says so and has no steps."""
    text = page(run(tmp_path / "run", improvements=0))
    assert "No improvement yet" in text
    assert island(text, "improvements") == []
    assert "step-on" not in without_scripts(text)


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_run_with_few_rounds_has_a_report(tmp_path: Path, rounds: int) -> None:
    """A run of one round or none has a report, with charts only if they have data."""
    text = page(run(tmp_path / "run", rounds=rounds, improvements=rounds))
    assert ("fitness-chart" in island(text, "charts")) == bool(rounds)
    for name in island(text, "charts"):
        assert f'id="{name}"' in text


def test_a_run_without_rounds_has_no_chart_controls(tmp_path: Path) -> None:
    """A run without rounds has no switches and captions of charts; its islands are the configured ones."""
    folder = run(tmp_path / "run", rounds=0, improvements=0)
    folder.config.write_text(CONFIG.replace("seed = 3", "seed = 3\nn_islands = 7"))
    text = without_scripts(page(folder))
    for word in ("data-axis", "data-view", "Areas hold", "The best fitness of the run", "experiments"):
        assert word not in text
    assert '<div class="value">7</div><div class="more">0 rounds</div>' in text


@pytest.mark.parametrize(
    ("islands", "rounds", "said"),
    [
        (1, 90, "Dotted upright lines are where a new experiment began."),
        (3, 90, "Choose an island to see where it began new experiments, as dotted upright lines."),
        (1, 2500, "New experiments are not marked, as there were more than 60."),
        (1, 5, None),
        (13, 90, None),
    ],
)
def test_the_page_says_where_experiments_are_marked(
    tmp_path: Path, islands: int, rounds: int, said: str | None
) -> None:
    """The page says in which view new experiments are marked, if they are."""
    text = without_scripts(page(run(tmp_path / "run", islands=islands, rounds=rounds)))
    assert said is None or said in text
    assert ("upright" in text or "New experiments" in text) == (said is not None)


def test_islands_that_differ_are_mentioned(tmp_path: Path) -> None:
    """The page lists differences of islands, and says if fitnesses are of different tasks."""
    folder = run(tmp_path / "run", islands=3)
    own = "their fitnesses are not of the same tasks"
    folder.config.write_text(f"{CONFIG}[[islands]]\ncount = 2\nmutate_prob = 0.5\n")
    text = page(folder)
    assert "<dt>Islands differ</dt><dd>2 with mutate_prob 0.5</dd>" in text
    assert own not in text
    folder.config.write_text(f"{CONFIG}[[islands]]\nshare = 0.3\n[islands.tasks]\nkind = 'linear'\n")
    text = page(folder)
    assert "a share of 0.3 with tasks of their own" in text
    assert own in text


def test_a_mean_of_the_islands_says_so(tmp_path: Path) -> None:
    """The axis of distinct programs names the mean per island if there are several."""

    def title(islands: int) -> str:
        folder = run(tmp_path / str(islands), islands=islands)
        chart = island(page(folder), "charts")["distinct-chart"]
        return str(chart["layout"]["yaxis"]["title"]["text"])

    assert title(1) == "distinct live codes"
    assert title(2) == "distinct live codes, mean per island"


def test_a_run_is_running_while_its_folder_is_locked(tmp_path: Path) -> None:
    """An unfinished run is shown as running while its folder is locked, else as interrupted."""
    folder = run(tmp_path / "run", ended=None)
    writer = History(folder.history)
    writer.add("rounds", [])
    held = lock(folder)
    text = page(folder)
    held.release()
    writer.close()
    assert '<span class="badge on">running</span> 2026-01-02 03:04:05 UTC' in text
    text = page(folder)
    assert '<span class="badge">interrupted</span> 2026-01-02 03:04:05 UTC; azc resume continues it' in text


def test_starts_and_the_time_between_them_are_listed(tmp_path: Path) -> None:
    """The report of a resumed run lists its starts and the pause between them."""
    folder = run(tmp_path / "run")
    history = History(folder.history)
    history.begin({"first_round": 6, "started_at": "2026-01-02T03:05:16.000+00:00", "worker_count": 2})
    history.close()
    starts = read(folder.history).starts
    assert [(row["first_round"], row["last_round"]) for row in starts] == [(1, 5), (6, None)]
    text = page(folder)
    assert '<td class="number">70 s</td>' in text
    assert "<td>its limit of programs was reached</td>" in text
    assert "<td>not known</td>" in text


def test_unknown_values_are_gaps_in_charts(tmp_path: Path) -> None:
    """NULL in the history is null in a chart, which leaves a gap."""
    folder = run(tmp_path / "run")
    history = History(folder.history)
    history._do("UPDATE rounds SET fitness_50 = NULL, best_fitness = NULL WHERE round = 2")
    history._do("UPDATE improvements SET parent_fitness = NULL, search_seconds = NULL")
    history.close()
    median = island(page(folder), "charts")["fitness-chart"]["views"]["population"][-1]
    assert median["y"] == [0.4, None, 0.4, 0.4, 0.4]


def test_the_result_is_explained_where_there_is_one(tmp_path: Path) -> None:
    """The page explains the run's result, or the best so far until there is one."""
    folder = run(tmp_path / "run")
    assert "The run&#39;s best on the search tasks so far." in page(folder)
    fitness = dict.fromkeys(SETS, 0.5)
    folder.best.write_text(header_text(Header({"search": 0.5})) + program(0.5))
    assert "The best on the search tasks when the last checkpoint was written" in page(folder)
    folder.best.write_text(header_text(Header(fitness)) + program(0.5))
    text = page(folder)
    assert "The run&#39;s result (best.azl)" in text
    assert "Carried from example to example: v1" in text
    assert '<span class="note">the prediction</span>' in text


def test_minus_zero_is_shown_as_zero(tmp_path: Path) -> None:
    """An instruction that always gives -0 is shown as always 0."""
    folder = run(tmp_path / "run")
    folder.best.write_text(program(0.5).replace("s2 = 0.5", "s4 = -1\n  s5 = 0\n  s2 = s4 * s5"))
    text = page(folder)
    assert "always 0<" in text
    assert "always -0" not in text


def test_the_hall_of_fame_is_listed_and_drawn(tmp_path: Path) -> None:
    """The hall of fame has a row and a program per entry, the shortest first; the best program is open."""
    folder = run(tmp_path / "run")
    entries = "".join(f'{n},0.{n},0,9,"{program(n)}"\n' for n in (5, 3))
    folder.hall_of_fame.write_text(f"length,fitness,island,evaluation,program\n{entries}")
    text = page(folder)
    (trace,) = island(text, "charts")["front-chart"]["views"][""]
    assert trace["x"] == [3, 5]
    assert '<div id="hall-0" hidden>' in text
    assert '<div id="hall-1">' in text
    assert ">its programs by then</th>" in text


# --- damage -----------------------------------------------------------------------------------------------


def test_a_missing_history_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """A missing history gives an error that says what to do, and no database is made."""
    folder = run(tmp_path / "run")
    folder.history.unlink()
    with pytest.raises(AzcError, match=r"history\.sqlite: is not there; .*put the file back"):
        write_report(folder)
    assert not folder.history.exists()


def test_a_damaged_history_is_an_error(tmp_path: Path) -> None:
    """A history that lacks an island's round or a table, or is no database, gives an error."""
    folder = run(tmp_path / "run", islands=2)
    history = History(folder.history)
    history._do("DELETE FROM rounds WHERE round = 2 AND island = 0")
    with pytest.raises(AzcError, match="expected 5 rounds of 2 islands, found 9 rows"):
        write_report(folder)
    history._do("DROP TABLE improvements")
    history._do("DELETE FROM rounds")
    history.close()
    with pytest.raises(AzcError, match="no such table: improvements; put the file back"):
        write_report(folder)
    folder.history.write_bytes(b"nothing that SQLite knows" * 100)
    with pytest.raises(AzcError, match="file is not a database"):
        write_report(folder)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("config.toml", "[search\n", "config.toml: is not valid TOML"),
        (
            "hall_of_fame.csv",
            "a,b\n1,2\n",
            "hall_of_fame.csv: is not a hall of fame: expected the columns length",
        ),
        ("hall_of_fame.csv", "length,fitness,island,evaluation,program\nx,1,0,0,\n", "is not a hall of fame"),
        ("best.azl", "# azc: an evolved program\n#   seed = [\n", "best.azl: the comments .* are damaged"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, name: str, text: str, said: str) -> None:
    """A damaged file of a run gives an error that names the file and the fault."""
    folder = run(tmp_path / "run")
    (folder.path / name).write_text(text)
    with pytest.raises(AzcError, match=said):
        write_report(folder)


def test_a_report_in_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """A report path in a missing folder is an error."""
    with pytest.raises(AzcError, match="cannot write"):
        write_report(run(tmp_path / "run"), tmp_path / "nowhere" / "report.html")


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_prints_the_path_of_the_report(tmp_path: Path) -> None:
    """`azc report` writes to the run's folder or the path of -o, and prints the path."""
    folder, other = run(tmp_path / "run"), tmp_path / "other.html"
    for options, path in (([], folder.report), (["-o", str(other)], other)):
        # By way of `main`, whose names of the help option click keeps from the first call on.
        words = ["report", str(folder.path), *options]
        result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert result.output == f"{path}\n"
        assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
