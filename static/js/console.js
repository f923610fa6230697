// A live list of alerts: what one chose and where one was stay when its rows are drawn again; letters act on the row in focus
// when nothing is chosen; a new critical alert is said once, and rings where one has switched the sound on.

const boxes = () => [...document.querySelectorAll('input[form="bulk"]')];
const live = () => document.querySelector("[data-live]");
const lines = () => [...document.querySelectorAll("[data-live] a.tt, #card-alerts a.tt")];
let kept = null;
// On a large screen the main part of the page scrolls, on a phone all of it.
const main = document.getElementById("main");
const scrolls = () => (main && getComputedStyle(main).overflowY === "auto" ? main : document.scrollingElement);

// The row that letters are about: the last one that had the focus.
let row = "";
addEventListener("focusin", (event) => {
  const line = event.target.closest?.("tr")?.querySelector("a.tt");
  if (line) row = line.id;
});

addEventListener("click", (event) => {
  if (!event.target.closest("[data-acts-on-rows]") || boxes().some((box) => box.checked)) return;
  const box = document.getElementById(row)?.closest("tr")?.querySelector('input[form="bulk"]');
  if (box) box.checked = true;
}, true);

const drawnAgain = (event) => event.detail.target?.matches?.("[data-live], .ops-card") || event.detail.elt?.matches?.("#ops-live");
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!drawnAgain(event)) return;
  // Words in a field that a poll would draw again are nothing to lose: it comes back in two seconds.
  const typing = document.activeElement?.closest?.("[data-live], .ops-card") && document.activeElement.matches("input:not([type=checkbox])");
  if (event.detail.requestConfig?.elt?.matches?.("[data-poll]") && typing) { event.detail.shouldSwap = false; return; }
  const all = lines();
  kept = {
    chosen: event.detail.requestConfig?.verb === "post" ? [] : boxes().filter((box) => box.checked).map((box) => box.value),
    focus: document.activeElement?.id || "",
    at: all.findIndex((line) => line === document.activeElement),
    top: scrolls().scrollTop,
  };
});
document.addEventListener("htmx:afterSettle", () => {
  if (!kept) return;
  const { chosen, focus, at, top } = kept;
  kept = null;
  for (const box of boxes()) if (chosen.includes(box.value)) box.checked = true;
  const all = lines();
  if (focus && !document.getElementById(focus) && at >= 0) all[Math.min(at, all.length - 1)]?.focus({ preventScroll: true });
  else if (focus && document.activeElement?.id !== focus) document.getElementById(focus)?.focus({ preventScroll: true });
  scrolls().scrollTop = top;
  document.dispatchEvent(new Event("chosen"));
});

// What came of one's own act is said where every other act says it, and the counters of the menu follow at once.
document.addEventListener("alerts:acted", (event) => {
  htmx.trigger("#counts", "acted");
  if (!event.detail.said) return;
  const toast = document.createElement("div");
  toast.className = "toast-v";
  toast.textContent = event.detail.said;
  document.querySelector(".toasts")?.replaceChildren(toast);
  setTimeout(() => toast.remove(), 10000);
});

// The sound: off until somebody presses the button on this very page, for no browser lets a page ring by itself.
const button = document.querySelector("[data-ring]");
let context = null;
let newest = Number(live()?.dataset.newest || 0);

function ring() {
  if (!context || context.state !== "running") return;
  for (const [delay, pitch] of [[0, 880], [0.18, 660], [0.36, 880]]) {
    const tone = context.createOscillator(), volume = context.createGain(), from = context.currentTime + delay;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, from);
    volume.gain.exponentialRampToValueAtTime(0.25, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.15);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + 0.16);
  }
  document.documentElement.dataset.rang = String(newest);
}

async function toggle() {
  const on = button.getAttribute("aria-pressed") !== "true";
  const refused = document.getElementById("ring-refused");
  if (on) {
    context ??= new AudioContext();
    await context.resume().catch(() => {});
    if (refused) refused.hidden = context.state === "running";
    if (context.state !== "running") return;
    ring();
  } else await context?.suspend();
  button.setAttribute("aria-pressed", String(on));
}
if (button && "AudioContext" in window) {
  button.hidden = false;
  button.addEventListener("click", toggle);
}

document.addEventListener("htmx:afterSettle", () => {
  const found = Number(live()?.dataset.newest || 0);
  if (found <= newest) return;
  newest = found;
  const place = document.getElementById("announced");
  if (place) place.textContent = live().dataset.words || "";
  if (button?.getAttribute("aria-pressed") === "true") ring();
});
