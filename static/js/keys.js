// The keyboard: `?` the sheet, `/` search, G or C then a letter, J and K in lists, F the filters, and the letters that buttons
// carry in data-key. A person may put other keys in their place or switch letters off (WCAG 2.1.4): <html data-keys>.

const root = document.documentElement;
const mine = JSON.parse(root.dataset.keys || "{}");
const moved = mine.keys || {};
const slots = Object.fromEntries(Object.entries(moved).map(([slot, key]) => [key, slot]));
let off = Boolean(mine.off);
let first = "";

const LINE = "a.tt, a.q-item";
const find = (selector) => document.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const pressed = (slot) => (moved[slot] || slot).toUpperCase();
const inField = (element) => element.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]") !== null;
// AltGr writes signs on many keyboards, and looks like Ctrl and Alt together.
const writes = (event) => event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || event.altKey);

// Before any module sees a letter: none while they are off; the product's own key for the one that a person chose.
addEventListener("keydown", (event) => {
  if (!event.isTrusted || event.key.length !== 1 || event.key === " " || !writes(event) || inField(event.target)) return;
  if (off) { event.stopImmediatePropagation(); return; }
  const key = event.key.toLowerCase();
  const slot = first ? key : slots[key] ?? (key in moved ? "" : key);
  if (slot === key && !event.getModifierState("AltGraph")) return;
  event.stopImmediatePropagation();
  const double = new KeyboardEvent("keydown", { key: slot, bubbles: true, cancelable: true });
  if (slot) event.target.dispatchEvent(double);
  if (double.defaultPrevented) event.preventDefault();
}, true);

// What followed the open ticket in its queue: where one goes on from when it has left.
let ahead = [];
document.addEventListener("htmx:beforeSwap", () => {
  const lines = all(LINE);
  const at = lines.findIndex((line) => line.matches("[aria-current]:not(.is-gone)"));
  if (at >= 0) ahead = lines.slice(at + 1).map((line) => line.id).filter(Boolean);
});

function step(by) {
  const lines = all(LINE).filter((line) => line.checkVisibility());
  const focused = lines.indexOf(document.activeElement.closest("tr")?.querySelector(LINE) ?? document.activeElement);
  const at = focused < 0 ? lines.findIndex((line) => line.hasAttribute("aria-current")) : focused;
  const next = lines[at]?.matches(".is-gone") ? lines.findIndex((line) => line.id === ahead.find((id) => document.getElementById(id))) : -1;
  const to = next < 0 ? at + by : by > 0 ? next : next - 1;
  lines[Math.min(lines.length - 1, Math.max(0, to))]?.focus();
}

function press(element, event) {
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

// What carries a letter and can be used: also a line of a menu that is closed. Figures act in an open menu only.
const folded = (element) => element.closest("details.menu:not([open])")?.checkVisibility() && !element.matches("summary");
function holder(slot) {
  const those = all(`[data-key="${CSS.escape(slot)}"]`);
  return those.find((each) => each.checkVisibility()) || (/\d/.test(slot) ? undefined : those.find(folded));
}

// In the workspace the letters of a ticket are about the line in focus: where that is not the ticket that is open, it is opened
// first, and what the letter means there is done once it is drawn. A press or a click in between calls it off.
let meant = null;
const apart = (key) => find("[data-acts]")?.dataset.acts.includes(key) && document.activeElement.closest("a.q-item[id]:not([aria-current])");

function actOn(line, key, event) {
  event.preventDefault();
  line.click();
  meant = { number: line.id.replace("q-", ""), key };
}
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "ticket" || !meant) return;
  const { number, key } = meant;
  meant = null;
  if (event.target.querySelector("[data-ticket]")?.dataset.ticket !== number) return;
  setTimeout(() => holder(key)?.click());  // after the title has taken the focus
});
for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { meant = null; }, true);

// Where a form has several answers: the one that is meant, or, where none goes without saying, the focus on the first of them.
function send(form) {
  const chosen = form?.querySelector("button[data-send]");
  if (chosen?.dataset.send === "choose") chosen.focus();
  else form?.requestSubmit(chosen);
}

const filters = () => all("[data-filters] :is(input, select, button), form.fcs :is(input, select)")
  .find((each) => each.type !== "hidden" && each.type !== "search" && each.checkVisibility());

addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "enter") { send(event.target.closest("form")); return; }
  // Out of the text, which stays as a draft: letters act on the ticket again.
  if (key === "escape" && !event.defaultPrevented && event.target.matches(".compose textarea")) {
    event.preventDefault();
    find("#ticket-title")?.focus({ preventScroll: true });
    return;
  }
  if (command && key === "k") { press(find("[data-palette]") || find("[data-search]"), event); return; }
  if (command || event.altKey || event.repeat || inField(event.target) || find("dialog[open]")) return;
  if (first) {
    const chosen = find(`[data-go="${CSS.escape(first + key)}"]`);
    first = "";
    press(chosen, event);
    return;
  }
  if ((key === "g" || key === "c") && find(`[data-go^=${key}]`)) {
    first = key;
    setTimeout(() => { first = ""; }, 1500);
  } else if (key === "?") press(find("[data-opens=keys]"), event);
  else if (key === "/") press(find("[data-search-list]") || find("[data-palette]") || find("[data-search]"), event);
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (apart(key)) actOn(apart(key), key, event);
  else press(holder(key) || (key === "f" ? filters() : null), event);
});

// Every key is on its button, as this person presses it, for eyes and for assistive technology.
function dress(from) {
  for (const each of all("[data-key]", from)) {
    const key = pressed(each.dataset.key);
    const shown = all("kbd", each).at(-1);
    if (!shown && !off && !each.matches("input, textarea, select")) each.title = `${nameOf(each)} (${key})`;
    if (shown && shown.textContent !== key) shown.textContent = key;
    if (off) each.removeAttribute("aria-keyshortcuts");
    else each.setAttribute("aria-keyshortcuts", key);
  }
  for (const each of all("[data-go]", from)) {
    const [prefix, letter] = each.dataset.go;
    const shown = all("kbd", each).at(-1);
    const keys = `${pressed(prefix)} ${letter.toUpperCase()}`;
    if (shown) shown.textContent = keys;
    else each.title = keys;
  }
  for (const each of all("[data-search-list]", from)) each.setAttribute("aria-keyshortcuts", pressed("/"));
  for (const each of all("[data-search]", from)) each.setAttribute("aria-keyshortcuts", "Control+K");
}
root.classList.toggle("no-keys", off);
dress(document);
document.addEventListener("htmx:afterSettle", (event) => dress(event.target));

// The sheet: asked for once, then completed with the buttons of this page; what has no effect here is left out.
const sheet = document.getElementById("keys");

function nameOf(button) {
  const bare = button.cloneNode(true);
  bare.querySelectorAll("kbd").forEach((hint) => hint.remove());
  return (button.getAttribute("aria-label") || bare.textContent).replace(/\s+/g, " ").trim();
}

function line(key, name) {
  const row = document.createElement("div"), term = document.createElement("dt"), words = document.createElement("dd");
  const hint = document.createElement("kbd");
  hint.textContent = key;
  term.append(hint);
  words.textContent = name;
  row.append(term, words);
  return row;
}

function complete() {
  const here = sheet.querySelector("[data-here]");
  const list = here.querySelector("dl");
  const usable = all("[data-key]").filter((each) => !/\d/.test(each.dataset.key) && holder(each.dataset.key) === each);
  list.replaceChildren(...usable.map((each) => line(pressed(each.dataset.key), nameOf(each))));
  here.hidden = usable.length === 0;
  for (const row of all("[data-needs]", sheet)) row.hidden = !find(row.dataset.needs);
  for (const part of all("section:not([data-here])", sheet)) part.hidden = !part.querySelector("dl > div:not([hidden])");
}

async function fill() {
  const place = sheet.querySelector("[data-sheet]");
  const lost = sheet.querySelector("[data-lost]");
  if (!place.dataset.filled) {
    try {
      const answer = await fetch(sheet.dataset.source, { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
      place.dataset.filled = "1";
      htmx.process(place);
    } catch {
      place.replaceChildren();
      lost.hidden = false;
      return;
    }
  }
  lost.hidden = true;
  complete();
}

if (sheet) {
  addEventListener("click", (event) => { if (event.target.closest("[data-opens=keys]")) fill(); });
  sheet.addEventListener("change", (event) => {
    if (!event.target.matches("[data-letters]")) return;
    off = !event.target.checked;
    root.classList.toggle("no-keys", off);
    dress(document);
  });
}

// The page that changes keys: the key that one presses is the one that is written, in the place of what stood there.
addEventListener("focusin", (event) => { if (event.target.matches("[data-one-key]")) event.target.select(); });
addEventListener("input", (event) => {
  if (event.target.matches("[data-one-key]")) event.target.value = event.target.value.toUpperCase();
});
