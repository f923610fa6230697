// Polls and lost networks. An element with data-poll asks by htmx; it rests on a hidden tab, while a menu or a composer is in use,
// and slows down to once a minute after ten minutes without input.

const IDLE = 600000, SLOW = 60000, LATE = 300;
const asked = new WeakMap();
let input = Date.now();
let waiting = 0;

for (const kind of ["keydown", "pointerdown", "pointermove", "scroll"]) {
  addEventListener(kind, () => { input = Date.now(); }, { passive: true, capture: true });
}

// What a poll brings is not read aloud, but for a new major incident: once, in its own words.
const announced = document.getElementById("announced");
const majorNow = () => document.querySelector("[data-announce]");
let major = majorNow()?.dataset.announce || "";
document.addEventListener("htmx:afterSettle", () => {
  const strip = majorNow();
  const number = strip?.dataset.announce || "";
  if (number > major && announced) announced.textContent = strip.textContent.replace(/\s+/g, " ").trim();
  major = number || major;
});

// A part that one's own typing brings is not read aloud whole: data-says names the place for one sentence, said when it is another.
document.addEventListener("htmx:afterSettle", (event) => {
  const place = document.getElementById(event.target.dataset?.says || "");
  const words = event.target.querySelector?.("[data-told]")?.textContent || "";
  if (place && place.textContent !== words) place.textContent = words;
});

const busy = () => document.querySelector("details.menu[open], dialog[open]") || document.activeElement?.closest?.(".compose");

document.addEventListener("htmx:beforeRequest", (event) => {
  const asker = event.detail.elt;
  if (!asker.matches("[data-poll]")) {
    waiting += 1;
    setTimeout(() => root.classList.toggle("is-asking", waiting > 0), LATE);
    return;
  }
  if (event.detail.requestConfig.triggeringEvent?.type === "acted") return;  // what one just did shows at once
  const through = asker.dataset.poll === "through";  // a call that rings waits for no menu
  const always = through || asker.dataset.poll === "always";  // consoles and wallboards, at which nobody types
  const tooSoon = !always && Date.now() - input > IDLE && Date.now() - (asked.get(asker) || 0) < SLOW;
  if ((document.hidden && !always) || (busy() && !through) || tooSoon) event.preventDefault();
  else asked.set(asker, Date.now());
});

const root = document.documentElement;
const lost = document.getElementById("lost");
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.elt.matches("[data-poll]")) waiting = Math.max(0, waiting - 1);
  if (!waiting) root.classList.remove("is-asking");
  if (event.detail.successful && lost) lost.hidden = true;
});

// Nothing that was typed is lost: a note says so until an answer comes.
const say = () => { if (lost) lost.hidden = false; };
document.addEventListener("htmx:sendError", say);
addEventListener("offline", say);
addEventListener("online", () => { if (lost) lost.hidden = true; });

// An error that the page cannot show in place says its reference.
const failed = document.getElementById("failed");
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.matches("[data-poll]") || !failed) return;
  failed.hidden = false;
  failed.querySelector("[data-reference]").textContent = event.detail.xhr.getResponseHeader("X-Request-ID") || "";
  failed.focus();
});

