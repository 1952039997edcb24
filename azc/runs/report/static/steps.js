"use strict";
// Improvements: one is shown; a click on its point, buttons, the slider and the arrow keys choose which.

const STEPS = JSON.parse(document.getElementById("improvements").textContent);
const MARKS = { "+": "added", "-": "removed", " ": "same" };
const SAID = { "+": "added: ", "-": "removed: ", " ": "" };
const shown = { step: STEPS.length - 1, against: null };
const CONTEXT = 3; // lines around a change
const LONG = 6; // unchanged lines beyond the context that are worth folding

function make(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// A line's text, with what changed in it marked.
function words(text, changed) {
  const code = make("code");
  let at = 0;
  for (const [begin, end] of changed) {
    code.append(text.slice(at, begin), make("mark", text.slice(begin, end)));
    at = end;
  }
  code.append(text.slice(at));
  return code;
}

function diffLine([mark, text, live, woke, changed, head]) {
  const line = make("div", undefined, ["row", MARKS[mark], head ? "head" : live ? "live" : "dead"].join(" "));
  const sign = make("span", mark === "-" ? "−" : mark, "mark");
  sign.setAttribute("aria-hidden", "true");
  line.append(sign, make("span", SAID[mark], "unseen"), words(text, changed));
  if (woke === true) line.append(make("span", "now live", "tag woke"));
  else if (woke === false) line.append(make("span", "now dead", "tag died"));
  else if (!live && !head) line.append(make("span", "dead", "tag"));
  return line;
}

// A stretch of lines as a button that puts them in its place.
function fold(lines) {
  const button = make("button", `… ${lines.length} lines unchanged`, "fold");
  button.type = "button";
  button.addEventListener("click", () => {
    document.getElementById("diff").focus({ preventScroll: true });
    button.replaceWith(...lines);
  });
  return button;
}

// All lines, but for long stretches far from any change; heads of functions stay.
function folded(rows) {
  const near = rows.map((row) => Boolean(row[5]));
  rows.forEach(([mark, , , woke], at) => {
    if (mark !== " " || woke !== null)
      near.fill(true, Math.max(at - CONTEXT, 0), at + CONTEXT + 1);
  });
  const made = [];
  for (let begin = 0, end; begin < rows.length; begin = end) {
    for (end = begin + 1; end < rows.length && near[end] === near[begin]; ) end++;
    const lines = rows.slice(begin, end).map(diffLine);
    made.push(...(near[begin] || lines.length < LONG ? lines : [fold(lines)]));
  }
  return made;
}

function fact(name, ...values) {
  const pair = make("div");
  const value = make("dd");
  value.append(...values);
  pair.append(make("dt", name), value);
  return pair;
}

function showDiff(step) {
  // Until the reader chooses, with what tells most: the ancestor, where that is not the best before.
  const against = shown.against || (step.ancestor ? "ancestor" : "before");
  press("[data-against]", (button) => button.dataset.against === against);
  const ancestral = against === "ancestor" && step.ancestor;
  document.getElementById("diff").replaceChildren(...folded(ancestral || step.before));
  const first = shown.step === 0;
  let note = "";
  if (first) note = "The first one: all of it is new.";
  else if (ancestral) note = "It does not descend from the best before.";
  else if (against === "ancestor" && step.known) note = "Its ancestor is the best before.";
  else if (against === "ancestor")
    note = "It has no ancestor that was an improvement; compared with the best before.";
  else if (step.ancestor) note = "It does not descend from the best before; its ancestor may be nearer.";
  document.getElementById("diff-note").textContent = note;
}

function show(index) {
  shown.step = Math.min(Math.max(index, 0), STEPS.length - 1);
  const step = STEPS[shown.step];
  document.getElementById("step").value = shown.step + 1;
  document.getElementById("step-number").textContent = `${shown.step + 1} / ${STEPS.length}`;
  // Not `disabled`, which would take the focus from them and the arrow keys from the reader.
  document.getElementById("step-back").setAttribute("aria-disabled", shown.step === 0);
  document.getElementById("step-on").setAttribute("aria-disabled", shown.step === STEPS.length - 1);
  document.getElementById("step-title").textContent = step.title;
  const chips = step.mutations.map((name) => make("span", name, "chip mono"));
  const made = fact("Made of its parent by", ...(chips.length ? chips : ["no mutation: it was there from the start"]));
  const facts = step.facts.filter(([, value]) => value).map(([name, value]) => fact(name, value));
  document.getElementById("step-facts").replaceChildren(...facts, made);
  showDiff(step);
  mark();
}

// The point that belongs to what is shown.
function mark() {
  const traces = document.getElementById("progress-chart").data;
  const points = traces[traces.length - 2];
  const at = { x: [[points.x[shown.step]]], y: [[points.y[shown.step]]] };
  Plotly.restyle("progress-chart", at, [traces.length - 1]);
}

function startSteps() {
  if (!STEPS.length) return;
  const chart = document.getElementById("progress-chart");
  chart.on("plotly_click", ({ points }) => {
    const point = points.find(({ curveNumber }) => curveNumber === chart.data.length - 2);
    if (!point) return;
    show(point.pointNumber);
    // For the arrow keys, which go to what has the focus; a chart cannot have it.
    document.getElementById("step").focus({ preventScroll: true });
  });
  document.getElementById("step-back").addEventListener("click", () => show(shown.step - 1));
  document.getElementById("step-on").addEventListener("click", () => show(shown.step + 1));
  document.getElementById("step").addEventListener("input", (event) => show(event.target.value - 1));
  document.getElementById("progress").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    // The slider steps by itself, and the listing is scrolled with these keys.
    if (!by || event.target.id === "step" || event.target.closest("#diff")) return;
    show(shown.step + by);
    event.preventDefault();
  });
  document.getElementById("only-live").addEventListener("change", (event) => {
    document.getElementById("diff").classList.toggle("only-live", event.target.checked);
  });
  for (const button of document.querySelectorAll("[data-against]"))
    button.addEventListener("click", () => {
      shown.against = button.dataset.against;
      showDiff(STEPS[shown.step]);
    });
  show(shown.step);
}
