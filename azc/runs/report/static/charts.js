"use strict";
// Charts: what Python wrote down, with colours of the page's style put in, drawn anew when something is switched.

const CHARTS = JSON.parse(document.getElementById("charts").textContent);
const state = { axis: "linear", view: null, fitness: "" };

// "@blue/20" as the style has it now, a fifth of it visible.
function colour(name) {
  const [word, share] = name.slice(1).split("/");
  const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${word}`).trim();
  if (!share) return hex;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${share / 100})`;
}

function coloured(value) {
  if (typeof value === "string") return value[0] === "@" ? colour(value) : value;
  if (Array.isArray(value)) return value.length && typeof value[0] === "object" ? value.map(coloured) : value;
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
  return value;
}

function axis(own) {
  const grid = { gridcolor: "@line", linecolor: "@line", zerolinecolor: "@line", automargin: true };
  return { ...grid, ...own, title: { ...own.title, standoff: 8, font: { size: 12 } } };
}

function layoutOf(name, view) {
  const spec = CHARTS[name];
  const { xaxis, yaxis, ...rest } = spec.layout;
  const x = axis(xaxis);
  if (spec.overEvals && state.axis === "log") x.type = "log";
  if (rest.hovermode === "x unified") Object.assign(x, { spikecolor: "@faint", spikethickness: 1 });
  const upright = (at) => ({
    type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line: { color: "@faint", width: 1, dash: "dot" },
  });
  return coloured({
    ...rest,
    xaxis: x,
    yaxis: axis({ ...yaxis, ...spec.yaxes[view] }),
    shapes: (spec.shapes[view] || []).map(upright),
    // The colour of cards, not transparent: a spike has an outline in the colour of what is behind it.
    paper_bgcolor: "@surface",
    plot_bgcolor: "@surface",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: "@soft" },
    hoverlabel: { bgcolor: "@surface", bordercolor: "@faint", font: { color: "@ink", size: 12 } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 } },
    margin: { l: 8, r: 10, t: 10, b: 8 },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    autosize: true,
    // What the reader zoomed to stays for as long as the axes mean the same.
    uirevision: `${x.type} ${view}`,
  });
}

function draw(name) {
  const views = CHARTS[name].views;
  const view = [state.view, state.fitness].find((chosen) => chosen in views) ?? Object.keys(views)[0];
  // No bar of buttons: it would cover legends, and a double click resets the zoom without it.
  const settings = { responsive: true, displayModeBar: false };
  return Plotly.react(name, coloured(views[view]), layoutOf(name, view), settings);
}

function drawAll(which = () => true) {
  return Promise.all(Object.keys(CHARTS).filter((name) => which(CHARTS[name])).map(draw));
}
