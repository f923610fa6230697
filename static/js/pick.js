// Pickers: a text field with data-pick="<address>" offers what the server finds for the words in it (ARIA combobox, list).
// In a text area, data-pick-at="@" offers it for the word that begins with that sign. See docs/reference/front-end.md.

const PAUSE = 150, TELL = 400;
const said = document.body.appendChild(Object.assign(document.createElement("p"), { className: "sr" }));
said.setAttribute("role", "status");
// The field that the page itself puts the caret into: nobody has asked it anything yet.
let first = document.querySelector("[data-pick][autofocus]");
let field = null, list = null, asking = null, timer = 0, teller = 0, serial = 0;

const options = () => (list ? [...list.querySelectorAll("[role=option]")] : []);
const chosen = () => list?.querySelector("[aria-selected=true]");

// The word at the caret: all of a field, or what stands behind the last sign of a text area.
function word(of) {
  const sign = of.dataset.pickAt;
  if (!sign) return { text: of.value.trim(), from: 0, to: of.value.length };
  const before = of.value.slice(0, of.selectionStart);
  const from = before.lastIndexOf(sign);
  const text = before.slice(from + 1);
  if (from < 0 || /[\w.@]/.test(before[from - 1] || " ") || !/^[\p{L}\p{N}._+-]{0,40}$/u.test(text)) return null;
  return { text, from, to: of.selectionStart };
}

function close() {
  clearTimeout(timer);
  clearTimeout(teller);
  asking?.abort();
  asking = null;
  list?.remove();
  list = null;
  if (!field) return;
  if (!field.dataset.pickAt) field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
  field.removeAttribute("aria-controls");
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

// Under the field, or over it where the dialog or the window ends first; a body that scrolls makes room below.
function stand(at) {
  const { top, bottom } = at.getBoundingClientRect();
  const body = at.closest(".dlg-body")?.getBoundingClientRect();
  const room = (body?.bottom || innerHeight) - bottom, above = top - (body?.top || 0);
  const low = at.dataset.pickAt ? Math.min(54, at.offsetHeight) : at.offsetHeight + 4;
  if (room < list.offsetHeight + 8 && above > list.offsetHeight + 8) list.style.bottom = `${at.parentElement.clientHeight - at.offsetTop + 4}px`;
  else list.style.top = `${at.offsetTop + low}px`;
}

function show(html) {
  const at = field;
  list?.remove();
  list = Object.assign(document.createElement("div"), { className: "pick-list", id: `pick-${(serial += 1)}`, innerHTML: html });
  const told = list.querySelector("[data-told]");
  const some = options().length > 0;
  options().forEach((option, index) => { option.id = `${list.id}-${index}`; });
  if (some) {
    told?.remove();
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", at.getAttribute("aria-label") || at.labels?.[0]?.textContent.trim() || at.dataset.pickAt || "");
  }
  at.after(list);
  at.parentElement.classList.add("has-pick");
  stand(at);
  if (some && at.closest(".dlg-body")) list.scrollIntoView({ block: "nearest" });
  // Without options there is a note to read, and no list that could be open.
  if (some) at.setAttribute("aria-controls", list.id);
  else at.removeAttribute("aria-controls");
  if (!at.dataset.pickAt) at.setAttribute("aria-expanded", String(some));
  else if (some) choose(options()[0]);
  clearTimeout(teller);
  teller = setTimeout(() => { said.textContent = told?.textContent || ""; }, TELL);
  if (at.dataset.pickAt && !some) close();
}

async function ask() {
  const mine = (asking?.abort(), asking = new AbortController());
  const at = field, found = word(at);
  if (!found) { close(); return; }
  const address = new URL(at.dataset.pick, location.href);
  address.searchParams.set("q", found.text);
  const beside = at.form?.elements[at.dataset.pickWith];
  if (beside) address.searchParams.set(beside.name, beside.value);
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { "HX-Request": "true" } });
    const html = answer.ok && !answer.redirected ? await answer.text() : "";
    if (mine !== asking || at !== field || document.activeElement !== at) return;
    if (html) show(html); else close();
  } catch {
    // Aborted, or the network is lost: the field takes what is typed in full.
  }
}

function take(option) {
  const at = field, found = word(at), sign = at.dataset.pickAt || "";
  if (!found) { close(); return; }
  at.setRangeText(sign ? `${sign}${option.dataset.value} ` : option.dataset.value, found.from, found.to, "end");
  close();
  at.focus();
  at.dispatchEvent(new Event("input", { bubbles: true }));
  clearTimeout(timer);
  if (sign) return;
  at.dispatchEvent(new Event("change", { bubbles: true }));
  if ("pickSends" in at.dataset) at.form.requestSubmit();
}

function enter(at) {
  if (field !== at) { close(); field = at; }
  at.setAttribute("aria-autocomplete", "list");
  if (at.dataset.pickAt) return;
  at.setAttribute("role", "combobox");
  if (!at.hasAttribute("aria-expanded")) at.setAttribute("aria-expanded", "false");
}

addEventListener("focusin", (event) => {
  if (!event.target.matches?.("[data-pick]")) return;
  enter(event.target);
  const asked = event.target !== first;
  first = null;
  if (asked && !event.target.dataset.pickAt && !event.target.value) ask();
});
addEventListener("focusout", (event) => { if (event.target === field && !list?.contains(event.relatedTarget)) close(); });
addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-pick]") || !event.isTrusted) return;
  enter(event.target);
  clearTimeout(timer);
  const found = word(field);
  if (!found || (!field.dataset.pickAt && found.text.length === 1)) close();
  else timer = setTimeout(ask, PAUSE);
});
// Before anybody else reads the key: an open list has it.
addEventListener("keydown", (event) => {
  if (event.target !== field || event.isComposing) return;
  const all = options(), at = all.indexOf(chosen());
  if (!list) {
    if (event.key === "ArrowDown" && !field.dataset.pickAt) { event.preventDefault(); ask(); }
    return;
  }
  const move = { ArrowDown: at + 1, ArrowUp: (at < 0 ? 0 : at) - 1 }[event.key];
  if (move !== undefined && all.length) choose(all[(move + all.length) % all.length]);
  else if ((event.key === "Enter" || (event.key === "Tab" && field.dataset.pickAt)) && chosen() && !event.ctrlKey && !event.metaKey) take(chosen());
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
addEventListener("pointerdown", (event) => {
  const option = list && event.target.closest?.("[role=option]");
  if (!option || !list.contains(option)) return;
  event.preventDefault();
  take(option);
});
if (document.activeElement?.matches("[data-pick]")) {
  first = null;
  enter(document.activeElement);
}
