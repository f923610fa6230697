// Says that somebody is on this record, and whether they write, every ten seconds while the page is in view; shows who else is.

const EVERY = 10000;
const place = document.querySelector("[data-presence]");
const text = document.getElementById("body");
const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
let typed = 0;

function form(mode) {
  const data = new FormData();
  data.set("mode", mode);
  data.set("csrfmiddlewaretoken", token);
  return data;
}

async function say() {
  if (document.hidden) return;
  const mode = Date.now() - typed < 2 * EVERY && text?.value.trim() ? "writing" : "viewing";
  try {
    const answer = await fetch(place.dataset.presence, { method: "POST", body: form(mode), headers: { "X-CSRFToken": token } });
    if (!answer.ok) return;
    const html = await answer.text();
    if (place.dataset.seen !== html) {
      place.innerHTML = html;
      place.dataset.seen = html;
    }
  } catch {
    // Lost network: the page says so elsewhere, and nobody is there to be seen.
  }
}

if (place) {
  text?.addEventListener("input", () => {
    const first = Date.now() - typed > EVERY;
    typed = Date.now();
    if (first) say();
  });
  addEventListener("pagehide", () => navigator.sendBeacon(place.dataset.presence, form("left")));
  document.addEventListener("visibilitychange", say);
  setInterval(say, EVERY);
  say();
}
