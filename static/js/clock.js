// Deadlines and ages, written by the server, brought up to date each minute: data-due (an instant to come), data-left (business seconds
// that were left at data-at: what data-open says was open since is taken away). data-since (an instant that passed, such as the
// start of a timer) each second; data-tick the same as minutes and seconds, 2:14.
// The server's clock counts, not this machine's: its instant is on <html data-now>.

const root = document.documentElement;
const french = root.lang.startsWith("fr");
const shift = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
const SPACE = "\u00a0";

// As itsm/core/durations.py writes it; a test holds the two together.
export function short(seconds) {
  const total = Math.floor(Math.abs(seconds));
  if (total < 60) return french ? `${total}${SPACE}s` : `${total}s`;
  if (total < 3600) return french ? `${Math.floor(total / 60)}${SPACE}min` : `${Math.floor(total / 60)}m`;
  if (total < 172800) {
    const hours = Math.floor(total / 3600), minutes = Math.floor(total / 60) % 60;
    const two = String(minutes).padStart(2, "0");
    if (!minutes) return french ? `${hours}${SPACE}h` : `${hours}h`;
    return french ? `${hours}${SPACE}h${SPACE}${two}` : `${hours}h ${two}m`;
  }
  const days = Math.floor(total / 86400), hours = Math.floor(total / 3600) % 24;
  if (!hours || days >= 10) return french ? `${days}${SPACE}j` : `${days}d`;
  return french ? `${days}${SPACE}j${SPACE}${hours}${SPACE}h` : `${days}d ${hours}h`;
}

// Business time is told in hours, never in days: a day of work is not a day of the clock.
export function hours(seconds) {
  const total = Math.floor(Math.abs(seconds));
  if (total < 172800) return short(total);
  const whole = Math.floor(total / 3600), minutes = Math.floor(total / 60) % 60, two = String(minutes).padStart(2, "0");
  if (!minutes) return french ? `${whole}${SPACE}h` : `${whole}h`;
  return french ? `${whole}${SPACE}h${SPACE}${two}` : `${whole}h ${two}m`;
}

// How many of the seconds between two instants were open.
export function opened(spans, from, to) {
  let sum = 0;
  for (const span of spans.split(" ")) {
    const [begins, ends] = span.split("-").map(Number);
    sum += Math.max(0, Math.min(ends, to) - Math.max(begins, from)) || 0;
  }
  return sum;
}

// As servicedesk/calls/console/clocks.py writes it.
function face(seconds) {
  const total = Math.max(0, Math.floor(seconds)), rest = String(total % 60).padStart(2, "0"), minutes = Math.floor(total / 60) % 60;
  return total < 3600 ? `${minutes}:${rest}` : `${Math.floor(total / 3600)}:${String(minutes).padStart(2, "0")}:${rest}`;
}

function count(place, now) {
  const left = Number(place.dataset.left) - opened(place.dataset.open, Number(place.dataset.at), now / 1000);
  const text = (left < 0 ? place.dataset.late : place.dataset.remains).replace("{time}", hours(left));
  if (place.textContent !== text) place.textContent = text;
  if (left < 0) { const pill = place.closest(".sla"); pill.classList.remove("green", "amber"); pill.classList.add("red"); }
}

function refresh() {
  const now = Date.now() + shift;
  for (const place of document.querySelectorAll("[data-left]")) count(place, now);
  for (const place of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(place.dataset.due) - now) / 1000;
    const words = left < 0 ? place.dataset.late || "" : place.dataset.left || "";
    const text = words ? words.replace("{time}", short(left)) : short(left);
    const slot = place.querySelector("[data-text]") || place;
    if (slot.textContent !== text) slot.textContent = text;
    if (left < 0 && place.classList.contains("due")) { place.classList.remove("green", "amber"); place.classList.add("red"); }
  }
}

function tick() {
  const now = Date.now() + shift;
  for (const place of document.querySelectorAll("[data-since]")) {
    const text = short((now - Date.parse(place.dataset.since)) / 1000);
    if (place.textContent !== text) place.textContent = text;
  }
  for (const place of document.querySelectorAll("[data-tick]")) {
    const text = face((now - Date.parse(place.dataset.tick)) / 1000);
    if (place.textContent !== text) place.textContent = text;
  }
}

setInterval(refresh, 60000);
setInterval(tick, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) { refresh(); tick(); } });
