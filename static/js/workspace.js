// The workspace: the chosen row is marked at once, panes open and close with [ and ], their widths and the scroll are remembered.

const panes = document.querySelector("[data-workspace]");
const queue = panes.querySelector("[data-resizes]");
const WIDTH = "workspace:width";
const HIDDEN = "workspace:hidden";
const scrolled = `workspace:scroll:${new URLSearchParams(location.search).get("tab") || ""}`;

const width = parseInt(localStorage.getItem(WIDTH), 10);
if (width >= 240 && width <= 560) queue.style.width = `${width}px`;
new ResizeObserver(() => {
  if (queue.style.width) localStorage.setItem(WIDTH, parseInt(queue.style.width, 10));
}).observe(queue);

for (const name of (localStorage.getItem(HIDDEN) || "").split(" ").filter(Boolean)) panes.classList.add(name);
addEventListener("keydown", (event) => {
  const name = { "[": "no-queue", "]": "no-context" }[event.key];
  if (!name || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  panes.classList.toggle(name);
  localStorage.setItem(HIDDEN, [...panes.classList].filter((each) => each.startsWith("no-")).join(" "));
});

// The open ticket that left the queue is pinned under its head, however tall that is.
new ResizeObserver(() => {
  const head = queue.querySelector(".q-head");
  if (head) queue.style.setProperty("--q-head", `${head.offsetHeight}px`);
}).observe(document.getElementById("pane"));

queue.scrollTop = Number(sessionStorage.getItem(scrolled)) || 0;
queue.addEventListener("scroll", () => sessionStorage.setItem(scrolled, queue.scrollTop), { passive: true });

panes.addEventListener("click", (event) => {
  const row = event.target.closest(".q-item");
  if (!row) return;
  for (const each of panes.querySelectorAll(".q-item[aria-current]")) each.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
});

// The queue asks again for the ticket that is open now, and says what it shows, so that nothing moves when nothing changed.
let version = document.getElementById("queue").dataset.version;
document.addEventListener("queue:version", (event) => { version = event.detail.value; });
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.id !== "queue") return;
  event.detail.path = location.pathname + location.search;
  event.detail.parameters.v = version;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "ticket" || event.detail.requestConfig?.verb !== "get") return;
  panes.classList.add("has-ticket");
  const title = document.getElementById("ticket-title");
  document.getElementById("said").textContent = title ? title.textContent : "";
  document.title = title ? `${title.textContent} · Vigie` : document.title;
  event.target.scrollTop = 0;
  title?.focus();
});
