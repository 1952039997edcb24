"use strict";
// Where everything of the dataflow drawing stands. Dagre places the nodes of a function; the functions stand one below
// the other, as in the text, and wires run from one to another through the gaps between them and on lanes beside them.

const STEP = 10; // between lines that run side by side
const HEIGHT = 28; // of a node
const CHARACTER = 7.3; // the width of one
const PADDING = 18; // of a band
const TITLE = 48; // the height of a band's title
const NARROWEST = 260; // the width of a band's content

// A function as dagre places it: what comes in stands in the first row, what goes out in the last.
function rows({ nodes, edges }) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ nodesep: 16, edgesep: 8, ranksep: 32 });
  const hold = { weight: 100 };
  for (const end of ["above", "below"]) graph.setNode(end, { width: 1, height: 1 });
  for (const { name, text, role } of nodes) {
    graph.setNode(name, { width: CHARACTER * text.length + 20, height: HEIGHT });
    if (role === "entry") graph.setEdge("above", name, { ...hold });
    if (role === "exit") graph.setEdge(name, "below", { ...hold });
  }
  // Edges have names: an instruction may read two values of one source.
  edges.forEach(({ source, target }, index) => graph.setEdge(source, target, {}, `${index}`));
  dagre.layout(graph);
  return graph;
}

// Nodes with their centres and edges with their bends, seen from the upper left corner of all. Dagre bends edges between
// rows too, where labels would be; only the bends in rows count, and past those an edge runs upright.
function placed(part) {
  const graph = rows(part);
  const nodes = part.nodes.map((node) => ({ ...node, ...graph.node(node.name) }));
  const levels = new Set(nodes.map(({ y }) => Math.round(y)));
  const bends = part.edges.map(({ source, target }, index) =>
    graph.edge(source, target, `${index}`).points.slice(1, -1)
      .filter(({ y }) => levels.has(Math.round(y)))
      .flatMap(({ x, y }) => [{ x, y: y - HEIGHT / 2 }, { x, y: y + HEIGHT / 2 }]));
  const across = [
    ...nodes.flatMap(({ x, width }) => [x - width / 2, x + width / 2]),
    ...bends.flat().map(({ x }) => x),
  ];
  const left = Math.min(...across);
  const top = Math.min(...nodes.map(({ y }) => y - HEIGHT / 2));
  const move = (point) => ({ ...point, x: point.x - left, y: point.y - top });
  return {
    ...part,
    nodes: nodes.map(move),
    edges: part.edges.map((edge, index) => ({ ...edge, bends: bends[index].map(move) })),
    width: nodes.length ? Math.max(...across) - left : 0,
    height: nodes.length ? Math.max(...nodes.map(({ y }) => y + HEIGHT / 2)) - top : 0,
  };
}

// The first of the tracks that is free between two ends, which takes them.
function take(tracks, from, to) {
  const [low, high] = [Math.min(from, to) - STEP, Math.max(from, to) + STEP];
  const free = tracks.findIndex((taken) => taken.every(([begin, end]) => high < begin || end < low));
  const track = free < 0 ? tracks.push([]) - 1 : free;
  tracks[track].push([low, high]);
  return track;
}

// Spread lines that come in at one node, in the order of where they come from.
function spread(lines, step) {
  const arriving = {};
  for (const line of lines) (arriving[line.target] ??= []).push(line);
  for (const near of Object.values(arriving)) {
    near.sort((one, other) => one.from - other.from);
    near.forEach((line, index) => (line.aside = step * (index - (near.length - 1) / 2)));
  }
}

// The tracks of wires. `x` is the middle of each node, `row` the index of its function. A wire to the next function runs through
// the gap between them; others leave through the gap below their source, pass the functions on a lane, on the left if
// they go back, and come in through the gap above their target. Those of one source share their way out.
function routed(wires, x, row, functions) {
  const gaps = Array.from({ length: functions + 1 }, () => []);
  const lanes = { left: [], right: [] };
  const ways = {};
  const routes = wires.map((wire) => {
    const [below, above] = [row[wire.source] + 1, row[wire.target]];
    const side = below === above ? null : below < above ? "right" : "left";
    return { ...wire, below, above, side, from: x[wire.source] };
  });
  spread(routes, 9);
  routes.sort((one, other) => Math.abs(other.below - other.above) - Math.abs(one.below - one.above));
  for (const route of routes) {
    const to = x[route.target] + route.aside;
    if (!route.side) {
      route.out = route.in = take(gaps[route.below], route.from, to);
      continue;
    }
    const edge = route.side === "left" ? -Infinity : Infinity;
    const way = (ways[`${route.source} ${route.side}`] ??= {
      out: take(gaps[route.below], route.from, edge),
      // From gap to gap; far enough apart that wires on one lane share no gap.
      lane: take(lanes[route.side], STEP * 3 * route.below, STEP * 3 * route.above),
    });
    Object.assign(route, way, { in: take(gaps[route.above], to, edge) });
  }
  return { routes, gaps: gaps.map((tracks) => tracks.length), lanes };
}

// The whole drawing: its size, bands, nodes by name, and edges and wires as points.
function layout({ functions, wires }) {
  const parts = functions.map(placed);
  const width = Math.max(NARROWEST, ...parts.map((part) => part.width));
  const [x, row] = [{}, {}];
  parts.forEach((part, index) => {
    for (const node of part.nodes) [x[node.name], row[node.name]] = [(width - part.width) / 2 + node.x, index];
  });
  const { routes, gaps, lanes } = routed(wires, x, row, parts.length);
  const left = STEP * lanes.left.length + STEP / 2 + PADDING;
  const nodes = {};
  const edges = [];
  const tops = [];
  let y = 2;
  const bands = parts.map((part, index) => {
    tops.push(y);
    y += gaps[index] ? STEP * (gaps[index] + 1) : index ? STEP : 0;
    const moved = { x: left + (width - part.width) / 2, y: y + TITLE };
    const move = (point) => ({ ...point, x: moved.x + point.x, y: moved.y + point.y });
    for (const node of part.nodes) nodes[node.name] = move(node);
    for (const edge of part.edges) edges.push({ ...edge, bends: edge.bends.map(move) });
    const band = { ...part, x: left - PADDING, y, width: width + 2 * PADDING, height: TITLE + part.height + PADDING };
    y += band.height;
    return band;
  });
  tops.push(y);
  const right = left + width + PADDING;
  return {
    width: right + STEP * lanes.right.length + STEP / 2,
    height: y + STEP * gaps[parts.length] + 2,
    bands,
    nodes,
    edges: joined(edges, nodes),
    wires: routes.map((route) => {
      const [from, to] = [nodes[route.source], nodes[route.target]];
      const lane = STEP * (route.lane + 1);
      const beside = route.side === "left" ? left - PADDING - lane + STEP / 2 : right + lane - STEP / 2;
      const out = tops[route.below] + STEP * (route.out + 1);
      const over = tops[route.above] + STEP * (route.in + 1);
      const around = route.side ? [{ x: beside, y: out }, { x: beside, y: over }] : [];
      const end = to.x + route.aside;
      const begin = [{ x: from.x, y: from.y + HEIGHT / 2 }, { x: from.x, y: out }];
      return { ...route, points: [...begin, ...around, { x: end, y: over }, { x: end, y: to.y - HEIGHT / 2 }] };
    }),
  };
}

// Edges from the lower side of their source over their bends to the upper side of their target.
function joined(edges, nodes) {
  for (const edge of edges) edge.from = (edge.bends.at(-1) ?? nodes[edge.source]).x;
  spread(edges, 12);
  return edges.map((edge) => {
    const [from, to] = [nodes[edge.source], nodes[edge.target]];
    const ends = [{ x: from.x, y: from.y + HEIGHT / 2 }, { x: to.x + edge.aside, y: to.y - HEIGHT / 2 }];
    return { ...edge, points: [ends[0], ...edge.bends, ends[1]] };
  });
}
