"use strict";
// The dataflow of the final program, drawn; what a node depends on stands out under the pointer.

const SMALLEST = 0.72; // how far a drawing shrinks to fit; where that is too little it has its full size and scrolls
const CORNER = 6;

function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, typeof value === "number" ? Math.round(value * 10) / 10 : value);
  made.append(...children);
  return made;
}

const text = ({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;

// Downwards from point to point, upright at each.
function curve(points) {
  const pieces = points.slice(1).map((to, index) => {
    const from = points[index];
    const half = (from.y + to.y) / 2;
    return `C${text({ x: from.x, y: half })} ${text({ x: to.x, y: half })} ${text(to)}`;
  });
  return `M${text(points[0])}${pieces.join("")}`;
}

// Straight from point to point, with rounded corners.
function rounded(points) {
  const near = (here, there) => {
    const length = Math.hypot(there.x - here.x, there.y - here.y);
    const part = length ? Math.min(CORNER / length, 0.5) : 0;
    return text({ x: here.x + (there.x - here.x) * part, y: here.y + (there.y - here.y) * part });
  };
  const corners = points.slice(1, -1).map((here, index) =>
    `L${near(here, points[index])}Q${text(here)} ${near(here, points[index + 2])}`);
  return `M${text(points[0])}${corners.join("")}L${text(points.at(-1))}`;
}

// The head of an arrow; a marker does not take its line's colour everywhere.
function arrow(kind) {
  const size = { refX: 6, refY: 3.5, markerWidth: 7, markerHeight: 7 };
  const marker = { id: `to-${kind}`, orient: "auto", markerUnits: "userSpaceOnUse", ...size };
  return shape("marker", marker, shape("path", { d: "M0 0L7 3.5L0 7z", class: kind }));
}

function drawWire({ points, kind, carried, source, target }) {
  const ends = { "data-from": source, "data-to": target, "marker-end": `url(#to-${kind})` };
  return shape("path", { d: rounded(points), class: `edge wire ${kind}${carried ? " carried" : ""}`, ...ends });
}

function drawEdge({ points, kind, source, target }) {
  return shape("path", { d: curve(points), class: `edge ${kind}`, "data-from": source, "data-to": target });
}

function drawNode({ name, role, kind, full, text: label, x, y, width }) {
  const box = { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT, rx: role === "node" ? 6 : HEIGHT / 2 };
  const said = shape("text", { x, y: y + 4 }, label);
  return shape("g", { class: `${role} ${kind}`, "data-node": name }, shape("title", {}, full), shape("rect", box), said);
}

function drawing(flow) {
  const { width, height, bands, nodes, edges, wires } = layout(flow);
  const backs = bands.map(({ x, y, width, height }) => shape("rect", { x, y, width, height, rx: 12, class: "band" }));
  const titles = bands.flatMap(({ x, y, title, subtitle }) => [
    shape("text", { x: x + PADDING, y: y + 22, class: "title" }, title),
    shape("text", { x: x + PADDING, y: y + 38, class: "subtitle" }, subtitle),
  ]);
  const [full, least] = [Math.ceil(width), Math.ceil(SMALLEST * width)];
  // As wide as its place, but where that is too narrow: then the difference, many times over, wins.
  const style = `width:max(100%, min(${full}px, (${least}px - 100%) * 1000));max-width:${full}px`;
  const attributes = { viewBox: `0 0 ${full} ${Math.ceil(height)}`, style, role: "img", class: "dataflow" };
  return shape(
    "svg",
    { ...attributes, "aria-label": flow.label },
    shape("defs", {}, ...["scalar", "vector", "matrix"].map(arrow)),
    ...backs,
    ...wires.map(drawWire),
    ...titles,
    ...edges.map(drawEdge),
    ...Object.values(nodes).map(drawNode),
  );
}

// What a node depends on and what depends on it, one value far.
function trace(drawn) {
  const nodes = new Map([...drawn.querySelectorAll("[data-node]")].map((node) => [node.dataset.node, node]));
  const show = (name) => {
    drawn.classList.toggle("tracing", Boolean(name));
    for (const hot of drawn.querySelectorAll(".hot")) hot.classList.remove("hot");
    if (!name) return;
    nodes.get(name).classList.add("hot");
    for (const edge of drawn.querySelectorAll(".edge")) {
      if (edge.dataset.from !== name && edge.dataset.to !== name) continue;
      edge.classList.add("hot");
      nodes.get(edge.dataset.from).classList.add("hot");
      nodes.get(edge.dataset.to).classList.add("hot");
    }
  };
  drawn.addEventListener("pointerover", (event) => {
    const node = event.target.closest("[data-node]");
    show(node && node.dataset.node);
  });
  drawn.addEventListener("pointerleave", () => show(null));
}

// At once, before the page is first shown, so that nothing below it jumps.
const FLOW = JSON.parse(document.getElementById("dataflow").textContent);
if (FLOW) {
  const drawn = drawing(FLOW);
  document.getElementById("dataflow-drawing").append(drawn);
  trace(drawn);
}
