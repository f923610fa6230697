// Says that somebody is on this record, and whether they write, every ten seconds while the page is in view and somebody
// is at it (no input for ten minutes: nobody is); shows who else is, and that the record has changed since it was shown.

const EVERY = 10000, IDLE = 600000;
const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
let place = document.querySelector("[data-presence]");
let typed = 0;
let input = Date.now();

function form(mode) {
  const data = new FormData();
  data.set("mode", mode);
  data.set("csrfmiddlewaretoken", token);
  const shown = document.querySelector("#ticket header[data-version]");
  if (shown) data.set("version", shown.dataset.version);
  return data;
}

// Who looks on is for the eye. That somebody begins to write is said, once.
const told = new Set();
function tell(here) {
  for (const each of here.querySelectorAll("[data-writing]")) {
    const words = each.textContent.trim();
    if (told.has(here.dataset.presence + words)) continue;
    told.add(here.dataset.presence + words);
    document.getElementById("announced").textContent = words;
  }
}

const leave = () => place && navigator.sendBeacon(place.dataset.presence, form("left"));

async function say() {
  const here = place;
  if (document.hidden || !here || Date.now() - input > IDLE) return;
  const writes = Date.now() - typed < 2 * EVERY && document.getElementById("body")?.value.trim();
  try {
    const answer = await fetch(here.dataset.presence, {
      method: "POST", body: form(writes ? "writing" : "viewing"), headers: { "X-CSRFToken": token },
    });
    if (!answer.ok) return;
    const html = await answer.text();
    if (here.dataset.seen !== html) {
      here.innerHTML = html;
      here.dataset.seen = html;
      tell(here);
    }
  } catch {
    // Lost network: the page says so elsewhere, and nobody is there to be seen.
  }
}

for (const kind of ["keydown", "pointerdown", "pointermove", "scroll"]) {
  addEventListener(kind, () => { input = Date.now(); }, { passive: true, capture: true });
}
addEventListener("input", (event) => {
  if (event.target.id !== "body") return;
  const first = Date.now() - typed > EVERY;
  typed = Date.now();
  if (first) say();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "ticket") return;
  const next = document.querySelector("[data-presence]");
  if (next?.dataset.presence !== place?.dataset.presence) leave();
  place = next;
  // What was sent is no longer being written.
  if (!document.getElementById("body")?.value.trim()) typed = 0;
  say();
});
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", say);
setInterval(say, EVERY);
say();
