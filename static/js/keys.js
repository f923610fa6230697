// The keyboard: `?` the sheet, `/` search, G or C then a letter, J and K in lists, and the letters that buttons carry in data-key.
// Single letters can be switched off in the sheet (WCAG 2.1.4); the choice stays in this browser.

const OFF = "keys:off";
const LINE = "a.tt, a.q-item";
const find = (selector) => document.querySelector(selector);
const inField = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
let first = "";

const letters = find("[data-letters]");
if (letters) {
  letters.checked = !localStorage.getItem(OFF);
  letters.addEventListener("change", () => {
    if (letters.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
}

function step(by) {
  const lines = [...document.querySelectorAll(LINE)];
  const focused = lines.indexOf(document.activeElement);
  const at = focused < 0 ? lines.findIndex((line) => line.hasAttribute("aria-current")) : focused;
  lines[Math.min(lines.length - 1, Math.max(0, at + by))]?.focus();
}

function press(element, event) {
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "enter") { event.target.closest("form")?.requestSubmit(); return; }
  if (command && key === "k") { press(find("[data-palette]") || find("[data-search]"), event); return; }
  if (command || event.altKey || event.repeat || inField(event.target) || find("dialog[open]") || localStorage.getItem(OFF)) return;
  if (first) {
    const chosen = find(`[data-go="${CSS.escape(first + key)}"]`);
    first = "";
    press(chosen, event);
    return;
  }
  if (key === "g" || (key === "c" && find("[data-go^=c]"))) {
    first = key;
    setTimeout(() => { first = ""; }, 1200);
  } else if (key === "?") press(find("[data-opens=keys]"), event);
  else if (key === "/") press(find("[data-search-list]") || find("[data-palette]") || find("[data-search]"), event);
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else press([...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((each) => each.checkVisibility()), event);
});
