// The shell's few behaviours: navigation drawer, dialogs, keys, double submits, drafts. Every page works without it.

const single = (selector, root = document) => root.querySelector(selector);
const inField = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

// A form is sent once: its buttons rest until the answer comes, or for ten seconds.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) button.setAttribute("aria-busy", "true");
  setTimeout(() => release(form), 10000);
});
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest?.("form"); if (form) release(form); });

// Dialogs: a button that names one opens it; focus goes back to the button.
addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
      dialog.addEventListener("close", () => opener.focus(), { once: true });
    }
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) { event.preventDefault(); closer.closest("dialog")?.close(); return; }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Keys: `?` all keys, `/` search, G then a letter, and the letters that buttons carry in data-key.
let waiting = "";
addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.target.closest("form")?.requestSubmit(); return; }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); single("[data-search]")?.focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || single("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (waiting) {
    const link = single(`[data-go="${waiting}${key}"]`);
    waiting = "";
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (key === "g" || key === "c") { waiting = key; setTimeout(() => { waiting = ""; }, 1200); return; }
  if (key === "?") { single("#keys")?.showModal(); return; }
  if (key === "/") { event.preventDefault(); (single("[data-search-list]") || single("[data-search]"))?.focus(); return; }
  if (key === "j" || key === "k") { step(key === "j" ? 1 : -1); return; }
  const button = single(`[data-key="${CSS.escape(key)}"]`);
  if (button) { event.preventDefault(); button.click(); }
});

function step(by) {
  const links = [...document.querySelectorAll("a.tt")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + by))].focus();
}

// Drafts: what is typed in a field with data-draft is kept for seven days, per person and page, until it is sent.
const WEEK = 7 * 24 * 3600 * 1000;
const person = document.documentElement.dataset.person || "";
const place = (field) => `draft:${person}:${field.dataset.draft}`;
for (const field of document.querySelectorAll("[data-draft]")) {
  const kept = JSON.parse(localStorage.getItem(place(field)) || "null");
  if (kept && Date.now() - kept.at < WEEK && !field.value) field.value = kept.text;
  field.addEventListener("input", () => {
    if (field.value) localStorage.setItem(place(field), JSON.stringify({ at: Date.now(), text: field.value }));
    else localStorage.removeItem(place(field));
  });
  field.form?.addEventListener("submit", () => localStorage.removeItem(place(field)));
}

// A choice that changes a form's answer asks the server at once.
addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !event.target.closest("[data-no-auto]")) form.requestSubmit();
});

// The composer looks internal while one types an internal note.
addEventListener("change", (event) => {
  const radio = event.target.closest("[data-composer-mode]");
  if (radio) radio.closest("form").classList.toggle("internal", radio.value === "internal");
});

// The first error takes the focus, so that a keyboard or a screen reader starts there.
single("[data-focus]")?.focus();
