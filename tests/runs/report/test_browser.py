"""The report in a browser: no network requests, no console messages, and controls that work."""

import os
import shutil
from collections.abc import Iterator
from itertools import combinations, pairwise
from time import monotonic, sleep
from typing import Any

import pytest
from runs.report_making import add_improvements, improvement_row, long_program, program, random_program, run

from azc.ir import interface_of
from azc.runs.report import write_report
from azc.runs.report.dataflow import graph
from azc.runs.report.drawing import drawing

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install playwright"
)
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium: apt-get install chromium, or name one in CHROMIUM"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a run with islands, restarts and a hall of fame."""
    folder = run(tmp_path_factory.mktemp("report") / "run", rounds=90, islands=3, improvements=12)
    rows = "".join(f'{n},0.{n},0,9,"{program(n)}"\n' for n in (3, 5, 6))
    folder.hall_of_fame.write_text(f"length,fitness,island,evaluation,program\n{rows}")
    return write_report(folder).as_uri()


@pytest.fixture(scope="module")
def long_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a run of long programs, of which the third descends from the first."""
    folder = run(tmp_path_factory.mktemp("long") / "run", improvements=0)
    texts = (long_program(1, 0.001), long_program(2, 0.002), long_program(1, 0.003))
    ancestors = (None, 10, 10)
    rows = enumerate(zip(texts, ancestors, strict=True), start=1)
    add_improvements(folder, *(improvement_row(n, program=t, ancestor=a) for n, (t, a) in rows))
    return write_report(folder).as_uri()


@pytest.fixture
def long_page(browser: Any, long_address: str) -> Iterator[Any]:
    """The report of long programs, drawn on a narrow page."""
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    opened.goto(long_address)
    opened.wait_for_selector("html[data-ready]", timeout=60_000)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless browser."""
    with playwright.sync_playwright() as started:
        # Containers run as root, for which chromium has no sandbox.
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


both_widths = pytest.mark.parametrize("page", [1400, 360], ids=["wide", "narrow"], indirect=True)


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    """The report, drawn; at the end, asserts that only the file was requested and nothing was reported."""
    width = getattr(request, "param", 1400)
    opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="light")
    complaints: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda sent: asked.append(sent.url))
    opened.goto(address)
    opened.wait_for_selector("html[data-ready]", timeout=60_000)
    yield opened
    opened.close()
    assert complaints == []
    assert asked == [address]


def point(page: Any, number: int) -> Any:
    """The middle of an improvement's point in the chart of progress, scrolled into view."""
    traces = page.locator("#progress-chart .scatterlayer .trace")
    shape = traces.nth(traces.count() - 2).locator(".points path").nth(number)
    page.locator("#progress-chart").scroll_into_view_if_needed()
    box = shape.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def changed(page: Any) -> list[str]:
    """The added lines of the difference."""
    found: list[str] = page.locator("#diff .added code").all_inner_texts()
    return found


def until(page: Any, condition: str) -> None:
    """Wait until a condition holds; polled from outside, as the page's policy forbids evaluating text."""
    end = monotonic() + 30.0
    while not page.evaluate(condition):
        assert monotonic() < end, condition
        sleep(0.05)


@both_widths
def test_every_chart_has_curves(page: Any) -> None:
    """Every chart of the page has lines."""
    for chart in page.locator(".chart").all():
        assert chart.locator(".js-line").count() > 0, chart.get_attribute("id")


@both_widths
def test_the_page_is_not_wider_than_the_window(page: Any) -> None:
    """The page is not wider than the window."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window


def test_a_hover_shows_a_label(page: Any) -> None:
    """A hover over a point shows the fitness of its improvement."""
    page.mouse.move(*point(page, 3))
    label = page.locator("#progress-chart .hovertext")
    label.wait_for()
    assert "fitness 0.800000" in label.text_content()


@both_widths
def test_a_click_on_a_point_shows_what_it_changed(page: Any) -> None:
    """A click on a point shows its improvement's difference."""
    assert changed(page) == ["  s2 = 0.012"]
    page.mouse.click(*point(page, 3))
    until(page, "document.getElementById('step-title').textContent === 'Improvement 4'")
    assert changed(page) == ["  s2 = 0.004"]
    assert page.locator("#diff .removed mark").all_inner_texts() == ["0.003"]


def test_buttons_slider_and_arrow_keys_choose_an_improvement(page: Any) -> None:
    """Buttons, slider and arrow keys choose an improvement; the next button is disabled at the last one."""
    number = page.locator("#step-number")
    assert number.inner_text() == "12 / 12"
    assert page.locator("#step-on").get_attribute("aria-disabled") == "true"
    page.locator("#step-back").click()
    assert number.inner_text() == "11 / 12"
    assert page.locator("#step-on").get_attribute("aria-disabled") == "false"
    page.keyboard.press("ArrowLeft")
    assert number.inner_text() == "10 / 12"
    page.locator("#step").focus()
    page.keyboard.press("Home")
    assert number.inner_text() == "1 / 12"
    assert page.locator("#diff-note").inner_text() == "The first one: all of it is new."
    page.locator("#step-on").click()
    assert changed(page) == ["  s2 = 0.002"]


def test_arrow_keys_step_from_a_clicked_point(page: Any) -> None:
    """Arrow keys step from a clicked point, and the click does not scroll the page."""
    x, y = point(page, 3)
    before = page.evaluate("scrollY")
    page.mouse.click(x, y)
    until(page, "document.getElementById('step-title').textContent === 'Improvement 4'")
    assert page.evaluate("scrollY") == before
    page.keyboard.press("ArrowRight")
    assert page.locator("#step-number").inner_text() == "5 / 12"


def test_a_button_at_the_end_keeps_the_focus(page: Any) -> None:
    """A button keeps the focus when it is disabled at the end, and arrow keys step from there."""
    page.locator("#step").focus()
    page.keyboard.press("Home")
    page.locator("#step-on").click()
    page.locator("#step-back").focus()
    for key in ("Enter", "Enter", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator("#step-number").inner_text() == "2 / 12"


def test_arrow_keys_in_the_difference_do_not_step(page: Any) -> None:
    """Arrow keys do not step while the difference has the focus."""
    page.locator("#diff").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#step-number").inner_text() == "12 / 12"


def test_an_improvement_of_another_lineage_is_compared_with_its_ancestor(long_page: Any) -> None:
    """An improvement is first compared with its ancestor if that is not the best before."""
    pressed = "[data-against][aria-pressed=true]"
    assert changed(long_page) == ["  s2 = 0.003"]
    assert long_page.locator(pressed).inner_text() == "its ancestor"
    long_page.locator("#step-back").click()
    assert long_page.locator(pressed).inner_text() == "the best before"
    long_page.locator("#step-on").click()
    long_page.locator("[data-against=before]").click()
    assert changed(long_page) == ["  s4 = 1", "  s2 = 0.003"]


def test_lines_far_from_a_change_are_folded(long_page: Any) -> None:
    """Lines far from a change are folded; Enter unfolds them in their order."""
    long_page.locator("[data-against=before]").click()
    fold = long_page.locator("#diff .fold")
    assert fold.inner_text() == "… 24 lines unchanged"
    short = long_page.locator("#diff .row").count()
    fold.focus()
    long_page.keyboard.press("Enter")
    assert long_page.locator("#diff .row").count() == short + 24
    assert fold.count() == 0
    texts = long_page.locator("#diff .same code").all_inner_texts()
    values = [text.split("= ")[1] for text in texts if text.startswith(("  s5", "  s6", "  s7"))]
    assert values == [str(n) for n in range(30)]


def test_a_drawing_that_has_to_scroll_has_its_full_size(long_page: Any) -> None:
    """A drawing that scrolls has its full size, and its frame fades out on the side with more of it."""
    wide, drawn = long_page.evaluate(
        "(svg => [svg.getBoundingClientRect().width, svg.viewBox.baseVal.width])"
        "(document.querySelector('svg.dataflow'))"
    )
    assert wide == pytest.approx(drawn, abs=1)
    scroller = "#final .scrolls"
    until(long_page, f"document.querySelector('{scroller}').className === 'scrolls more-right'")
    long_page.evaluate(f"document.querySelector('{scroller}').scrollLeft = 1e6")
    until(long_page, f"document.querySelector('{scroller}').className === 'scrolls more-left'")


@pytest.fixture(scope="module", params=range(6))
def laid_out(request: pytest.FixtureRequest, browser: Any, address: str) -> Any:
    """The page's layout of a random program of some 60 instructions."""
    made = random_program(request.param, (10, 24, 30))
    opened = browser.new_page()
    opened.goto(address)
    found = opened.evaluate("flow => layout(flow)", drawing(graph(made, interface_of("RMS_ERROR"))))
    opened.close()
    return found


def test_nodes_do_not_overlap_and_stand_in_their_bands(laid_out: Any) -> None:
    """Nodes do not overlap and lie in their bands, entries in the first row and exits in the last."""
    nodes = laid_out["nodes"]
    boxes = [(n["x"] - n["width"] / 2, n["x"] + n["width"] / 2, n["y"]) for n in nodes.values()]
    for (left, right, y), (other_left, other_right, other_y) in combinations(boxes, 2):
        assert right < other_left or other_right < left or abs(y - other_y) > 28
    for band in laid_out["bands"]:
        mine = [nodes[node["name"]] for node in band["nodes"]]
        assert all(band["x"] < n["x"] - n["width"] / 2 for n in mine)
        assert all(n["x"] + n["width"] / 2 < band["x"] + band["width"] for n in mine)
        assert all(band["y"] < n["y"] < band["y"] + band["height"] for n in mine)
        rows = {
            role: {round(n["y"]) for n in mine if n["role"] == role} for role in ("entry", "node", "exit")
        }
        assert len(rows["entry"]) <= 1
        assert len(rows["exit"]) <= 1
        assert max(rows["entry"] | {0}) < min(rows["node"] | rows["exit"] | {10**6})
        assert max(rows["entry"] | rows["node"] | {0}) < min(rows["exit"] | {10**6})


def test_values_run_downwards_and_wires_around_the_functions(laid_out: Any) -> None:
    """Edges never go up; wires run beside the bands, and those of different sources share no lane."""
    for edge in laid_out["edges"]:
        heights = [point["y"] for point in edge["points"]]
        assert heights == sorted(heights)
    left = min(band["x"] for band in laid_out["bands"])
    right = left + laid_out["bands"][0]["width"]
    upright: dict[float, list[tuple[float, float, str]]] = {}
    for wire in laid_out["wires"]:
        assert all(0 < p["x"] < laid_out["width"] and 0 < p["y"] < laid_out["height"] for p in wire["points"])
        for one, other in pairwise(wire["points"]):
            if one["x"] == other["x"] and not left < one["x"] < right:
                ends = sorted((one["y"], other["y"]))
                upright.setdefault(round(one["x"]), []).append((ends[0], ends[1], wire["source"]))
    for lane in upright.values():
        for one, other in combinations(lane, 2):
            assert one[2] == other[2] or one[1] < other[0] or other[1] < one[0]


def test_the_bar_marks_the_current_section(page: Any) -> None:
    """The bar marks the section in the upper part of the window."""
    here = page.locator("nav [aria-current]")
    assert here.all_inner_texts() == ["Overview"]
    page.evaluate("document.getElementById('hall').scrollIntoView({ behavior: 'instant' })")
    until(page, "document.querySelector('nav [aria-current]')?.textContent === 'Hall of fame'")
    assert here.count() == 1


def test_dead_code_can_be_hidden(page: Any) -> None:
    """A checkbox hides the dead lines of the difference."""
    dead = page.locator("#diff .dead").first
    assert dead.is_visible()
    page.locator("#only-live").check()
    assert not dead.is_visible()


def test_the_axis_can_be_logarithmic(page: Any) -> None:
    """One button makes the axes of all charts over evaluations logarithmic."""
    page.locator("#progress [data-axis=log]").click()
    until(page, "document.getElementById('fitness-chart').layout.xaxis.type === 'log'")
    assert page.locator("#population [data-axis=log]").get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.getElementById('rate-chart').layout.xaxis.type") != "log"


def test_the_fitness_axis_can_be_one_minus_fitness(page: Any) -> None:
    """A button changes the fitness axis to 1 - fitness and back, with the chosen improvement's point."""
    page.locator("[data-fitness=error]").click()
    until(page, "document.getElementById('progress-chart').layout.yaxis.type === 'log'")
    shown = "document.getElementById('progress-chart').data.at(-1).y[0]"
    until(page, f"Math.abs({shown} - 1 / 13) < 1e-9")
    page.locator("[data-fitness='']").click()
    until(page, f"Math.abs({shown} - 12 / 13) < 1e-9")
    assert page.evaluate("document.getElementById('progress-chart').layout.yaxis.type") == "linear"


def test_an_island_can_be_chosen(page: Any) -> None:
    """The chosen island's charts mark where its experiments began."""
    page.locator("[data-view]").select_option("island 2")
    shapes = "document.getElementById('length-chart').layout.shapes.length"
    until(page, f"{shapes} === 2")
    assert page.locator("[data-view]").input_value() == "island 2"


def test_the_theme_holds_for_charts_too(page: Any) -> None:
    """The text color of charts changes with the theme."""
    colour = "document.getElementById('costs-chart').layout.font.color"
    before = page.evaluate(colour)
    page.locator("#theme").click()
    until(page, f"{colour} !== '{before}'")
    assert page.evaluate("document.documentElement.className") == "dark"


def test_the_chosen_theme_is_kept(browser: Any, address: str) -> None:
    """The chosen theme is kept when the page is opened again."""
    context = browser.new_context(color_scheme="light")
    for expected in ("", "dark"):
        opened = context.new_page()
        opened.goto(address)
        opened.wait_for_selector("html[data-ready]", timeout=60_000)
        assert opened.evaluate("document.documentElement.className") == expected
        if not expected:
            opened.locator("#theme").click()
        opened.close()
    context.close()


def test_a_change_of_theme_keeps_the_zoom(page: Any) -> None:
    """A change of the theme keeps the zoom."""
    axis = "document.getElementById('progress-chart').layout.xaxis"
    x, y = point(page, 3)
    page.mouse.move(x, y + 100)
    page.mouse.down()
    page.mouse.move(x + 200, y + 150, steps=5)
    page.mouse.up()
    until(page, f"{axis}.autorange === false")
    zoomed = page.evaluate(f"{axis}.range.join()")
    colour = "document.getElementById('progress-chart').layout.font.color"
    before = page.evaluate(colour)
    page.locator("#theme").click()
    until(page, f"{colour} !== '{before}'")
    assert page.evaluate(f"{axis}.range.join()") == zoomed


def test_charts_have_no_buttons(page: Any) -> None:
    """Charts have no buttons, which would cover legends and each stop the tab key."""
    assert page.locator(".modebar-btn").count() == 0


def test_a_row_of_the_hall_of_fame_opens_its_program(page: Any) -> None:
    """A click on a row of the hall of fame shows its program instead of another."""
    assert page.locator("#hall-2").is_visible()
    page.locator("[data-hall='0']").click()
    assert page.locator("#hall-0").is_visible()
    assert not page.locator("#hall-2").is_visible()
    assert page.locator("#hall-shown").inner_text() == "Program of live length 3"


def test_a_hover_highlights_the_edges_of_a_node(page: Any) -> None:
    """A hover over a node of the dataflow highlights its edges."""
    drawing = page.locator("svg.dataflow")
    drawing.locator("[data-node=Predict-node-0]").hover()
    assert drawing.locator(".edge.hot").count() == 3


def test_the_report_follows_the_systems_theme(browser: Any, address: str) -> None:
    """The report follows the system's theme, dark or light."""
    opened = browser.new_page(color_scheme="dark")
    opened.goto(address)
    opened.wait_for_selector("html[data-ready]", timeout=60_000)
    dark = "document.documentElement.classList.contains('dark')"
    assert opened.evaluate(dark)
    opened.emulate_media(color_scheme="light")
    until(opened, f"!{dark}")
    assert not opened.evaluate(dark)
    opened.close()
