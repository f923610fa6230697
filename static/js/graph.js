// The graph of an impact. The server sends nodes in their places, so the picture is the same for everyone and never jumps;
// the table below it says the same. Styles come from the tokens of the theme and change with it.

/* global cytoscape */
const box = document.getElementById("graph");
const card = document.getElementById("picture");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const LOOKS = { down: ["red", "double", 4], degraded: ["amber", "dashed", 2], up: ["green", "solid", 1], root: ["blue", "solid", 2], "": ["grey", "solid", 1] };

function look() {
  const states = Object.entries(LOOKS).flatMap(([state, [tone, line, width]]) => [
    { selector: `node[state="${state}"]`, style: { "border-color": token(`--t-${tone}-solid`), "border-style": line, "border-width": width, "background-color": state === "down" || state === "degraded" ? token(`--t-${tone}-bg`) : token("--v-surface") } },
    { selector: `edge[state="${state}"]`, style: { "line-color": token(`--t-${tone}`), "target-arrow-color": token(`--t-${tone}`), "line-style": line === "dashed" ? "dashed" : "solid", width: state === "down" ? 2 : 1.3 } },
  ]);
  return [
    { selector: "node", style: { shape: "round-rectangle", width: 170, height: 48, label: "data(label)", "text-wrap": "wrap", "text-max-width": 160, "text-overflow-wrap": "anywhere", "text-valign": "center", "font-family": getComputedStyle(document.body).fontFamily, "font-size": 12, "line-height": 1.3, color: token("--v-ink") } },
    { selector: "edge", style: { "curve-style": "taxi", "taxi-direction": "horizontal", "taxi-turn": "50%", "target-arrow-shape": "triangle", "arrow-scale": 0.8 } },
    // two in one column: around what stands between them
    { selector: "edge[?beside]", style: { "curve-style": "unbundled-bezier", "control-point-distances": 120, "control-point-weights": 0.5 } },
    ...states,
    { selector: "node[?service]", style: { "font-weight": 700 } },
    { selector: "node[?muted]", style: { opacity: 0.55 } },
  ];
}

function elements(found) {
  const nodes = found.nodes.map(({ x, y, ...data }) => ({ data: { ...data, id: String(data.id) }, position: { x, y } }));
  return [...nodes, ...found.edges.map((edge, n) => ({ data: { id: `e${n}`, source: String(edge.source), target: String(edge.target), state: edge.state, beside: edge.beside } }))];
}

function draw(found) {
  // Cytoscape would add a <style> for the position of its box, which the policy refuses; .graph has it already.
  if (!document.getElementById("__________cytoscape_stylesheet")) document.head.append(Object.assign(document.createElement("meta"), { id: "__________cytoscape_stylesheet", name: "graph", content: "cytoscape" }));
  const graph = cytoscape({
    container: box, elements: elements(found), style: look(), layout: { name: "preset", fit: true, padding: 24 },
    autoungrabify: true, boxSelectionEnabled: false, userZoomingEnabled: false, minZoom: 0.05, maxZoom: 3,
  });
  const fit = () => { graph.resize(); graph.fit(undefined, 24); if (graph.zoom() > 1.2) { graph.zoom(1.2); graph.center(); } };
  fit();
  box.dataset.drawn = found.nodes.length;
  graph.on("tap", "node", (event) => { if (event.target.data("state") !== "root") location.assign(event.target.data("url")); });
  graph.on("mouseover", "node", () => box.classList.add("over"));
  graph.on("mouseout", "node", () => box.classList.remove("over"));
  new MutationObserver(() => graph.style(look())).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  addEventListener("resize", fit);
  const zoom = (by) => graph.zoom({ level: graph.zoom() * by, renderedPosition: { x: box.clientWidth / 2, y: box.clientHeight / 2 } });
  const acts = { in: () => zoom(1.3), out: () => zoom(1 / 1.3), fit, picture: () => save(graph, found.picture) };
  card.addEventListener("click", (event) => acts[event.target.closest("[data-graph-act]")?.dataset.graphAct]?.());
}

function save(graph, name) {
  const blob = graph.png({ output: "blob", full: true, scale: 2, bg: token("--v-surface"), maxWidth: 8000, maxHeight: 8000 });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${name}.png` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

if (box && card && typeof cytoscape === "function" && matchMedia("(min-width: 576px)").matches) {
  card.hidden = false;
  fetch(box.dataset.graph, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then(draw)
    .catch(() => { card.hidden = true; });
}
