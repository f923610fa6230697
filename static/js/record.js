// A ticket at work: its acts are answered in place, and its composer keeps what is written until the server has it.

const said = document.getElementById("said");
const ticket = document.getElementById("ticket");
const head = () => ticket.querySelector("[data-ticket]");
let acted = null, kept = null;

// --- Acts: one sentence says what came of it, the focus stays where the work is, and a late answer repaints nothing.

function tell(text, undo) {
  if (!text) return;
  said.textContent = text;
  const toast = document.createElement("div");
  const words = document.createElement("span");
  toast.className = "toast-v";
  words.className = "grow";
  words.setAttribute("aria-hidden", "true");
  words.textContent = text;
  toast.append(words);
  if (undo) toast.append(taker(undo));
  document.querySelector(".toasts")?.replaceChildren(toast);
  setTimeout(() => toast.remove(), 10000);
}

// A press takes back what was just told of.
function taker(address) {
  const form = document.createElement("form"), button = document.createElement("button"), key = document.createElement("kbd");
  Object.assign(form, { method: "post", action: address });
  for (const [name, value] of [["hx-post", address], ["hx-target", "#ticket"], ["hx-sync", "this:drop"]]) form.setAttribute(name, value);
  button.dataset.key = "u";
  key.textContent = "U";
  button.append(said.dataset.undo, key);
  form.append(button);
  htmx.process(form);
  return form;
}

const result = (answer) => JSON.parse(answer.getResponseHeader("HX-Trigger") || "{}")["ticket:acted"] || null;

// A form whose ticket was left meanwhile is no longer in the page: its answer is told and nothing more.
document.addEventListener("htmx:beforeRequest", (event) => {
  const asker = event.detail.elt;
  asker.addEventListener("htmx:beforeOnLoad", (answered) => {
    if (asker.isConnected) return;
    answered.preventDefault();
    tell(result(answered.detail.xhr)?.said);
  }, { once: true });
});

function isLate(answer) {
  const [number, version] = (answer.getResponseHeader("X-Ticket") || "").split(" ");
  if (!number || !head()) return false;
  return number !== head().dataset.ticket || Number(version) < Number(head().dataset.version);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "ticket") return;
  acted = result(event.detail.xhr);
  tell(acted?.said, acted?.undo);
  if (acted) htmx.trigger("#counts", "acted");
  if (isLate(event.detail.xhr)) {
    event.detail.shouldSwap = false;
    acted = null;
    return;
  }
  const at = document.activeElement;
  kept = at?.closest?.("#compose") && !acted?.sent ? { at, from: at.selectionStart, to: at.selectionEnd } : null;
  // The queue that was asked for before this act knows less than the answer brings.
  const queue = document.getElementById("queue");
  if (acted && queue) htmx.trigger(queue, "htmx:abort");
});

// The control that was pressed, or where it would be: a line of a closed menu gives way to its menu, what is gone to the title.
function place(id) {
  const found = id && document.getElementById(id);
  if (!found) return document.getElementById("ticket-title");
  return found.checkVisibility() ? found : found.closest("details")?.querySelector("summary") || document.getElementById("ticket-title");
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "ticket") return;
  const { focus } = acted || {};
  if (acted) document.querySelector("dialog#dialog[open]")?.close();
  if (kept?.at.isConnected) {
    kept.at.focus({ preventScroll: true });
    if (kept.at.matches("textarea")) kept.at.setSelectionRange(kept.from, kept.to);
  } else if (acted && (document.activeElement === document.body || !document.activeElement?.checkVisibility?.() || ticket.contains(document.activeElement))) {
    place(focus)?.focus();
  }
  acted = kept = null;
});

// --- The composer: who reads it, canned replies, files.

const composer = () => document.getElementById("compose");
const text = () => document.getElementById("body");
const modes = () => [...(composer()?.querySelectorAll("[data-composer-mode]") ?? [])];
const skin = () => composer()?.classList.toggle("internal", modes().some((mode) => mode.checked && mode.value === "internal"));
const agreed = new WeakSet();

function choose(value) {
  const wanted = modes().find((mode) => mode.value === value);
  if (!wanted || wanted.checked) return;
  if (value === "public" && text().value.trim() && !agreed.has(composer())) {
    if (!confirm(composer().dataset.ask)) return;
    agreed.add(composer());
  }
  wanted.checked = true;
  skin();
}

const fileField = () => composer()?.querySelector("input[type=file]");

function setFiles(files) {
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  fileField().files = all.files;
  showFiles();
}

// Each file is a chip with a button that takes it away again.
function showFiles() {
  const list = composer()?.querySelector("[data-file-list]");
  if (!list) return;
  const files = [...fileField().files];
  list.hidden = !files.length;
  list.replaceChildren(...files.map((file, index) => {
    const line = document.createElement("li"), name = document.createElement("span"), button = document.createElement("button");
    line.className = "file";
    name.textContent = file.name;
    button.type = "button";
    button.className = "btn-plain";
    button.textContent = "×";
    button.setAttribute("aria-label", list.dataset.removes.replace("{name}", file.name));
    button.addEventListener("click", () => {
      setFiles(files.filter((_file, other) => other !== index));
      (list.querySelector("button") || text()).focus();
    });
    line.append(name, button);
    return line;
  }));
}

const addFiles = (list) => setFiles([...fileField().files, ...list]);
const inComposer = (event) => event.target.closest?.("#compose");

addEventListener("click", (event) => {
  const label = inComposer(event) && event.target.closest("label:has([data-composer-mode])");
  const button = event.target.closest("[data-compose]");
  const phrase = event.target.closest("[data-insert]");
  if (label) {
    event.preventDefault();
    choose(label.querySelector("input").value);
    text().focus();
  } else if (button && composer()) {
    event.preventDefault();
    choose(button.dataset.compose);
    text().focus();
    text().scrollIntoView({ block: "center" });
  } else if (phrase) {
    // A canned reply goes where the caret stands; what was typed stays.
    phrase.closest("details").open = false;
    text().focus();
    text().setRangeText(phrase.dataset.insert, text().selectionStart, text().selectionEnd, "end");
    text().dispatchEvent(new Event("input", { bubbles: true }));
  }
});
// A slash in an empty text opens the canned replies, Escape in them leads back.
addEventListener("keydown", (event) => {
  const phrases = composer()?.querySelector("[data-phrases]");
  if (!phrases) return;
  if (event.key === "/" && event.target === text() && !text().value) {
    event.preventDefault();
    phrases.open = true;
    phrases.querySelector("button")?.focus();
  } else if (event.key === "Escape" && phrases.open && phrases.contains(event.target)) {
    event.preventDefault();
    event.stopPropagation();
    phrases.open = false;
    text().focus();
  }
}, true);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.closest?.("[data-phrases][open]")) event.target.querySelector("button")?.focus();
});

// While a message is under way nothing is typed that its answer would sweep away.
document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.id === "compose") text().readOnly = true; });
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.elt.id === "compose" && text()) text().readOnly = false; });

// The composer grows with what is in it: nobody sends a text that they cannot read.
function grow(area) {
  area.rows = 2;
  while (area.rows < 14 && area.scrollHeight > area.clientHeight) area.rows += 1;
}
addEventListener("input", (event) => { if (event.target === text()) grow(text()); });
document.addEventListener("htmx:afterSettle", () => { if (text()?.value) grow(text()); });
if (text()?.value) grow(text());

addEventListener("change", (event) => { if (event.target === fileField()) showFiles(); });
addEventListener("paste", (event) => {
  if (!inComposer(event) || !event.clipboardData.files.length) return;
  event.preventDefault();
  addFiles(event.clipboardData.files);
});
addEventListener("dragover", (event) => {
  if (!inComposer(event)) return;
  event.preventDefault();
  composer().classList.add("is-target");
});
addEventListener("dragleave", () => composer()?.classList.remove("is-target"));
addEventListener("drop", (event) => {
  if (!inComposer(event)) return;
  event.preventDefault();
  composer().classList.remove("is-target");
  addFiles(event.dataTransfer.files);
});

function fresh() {
  skin();
  showFiles();
}
fresh();
addEventListener("pageshow", fresh);
document.addEventListener("htmx:afterSettle", fresh);

// A link in the history that opens as a dialog: fifty of them would weigh more with the attributes of their own.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  htmx.ajax("GET", link.href, { target: "#dialog", source: link });
});
