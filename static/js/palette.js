// The command palette: Ctrl K or the search box opens it; arrows choose, Enter goes, with Ctrl in a new tab. An exact number opens at once.

const dialog = document.getElementById("palette");
const box = dialog.querySelector("[role=combobox]");
const list = dialog.querySelector("[role=listbox]");
const said = dialog.querySelector("[data-said]");
const lost = dialog.querySelector("[data-lost]");
const PAUSE = 90, TELL = 500, EACH = 6;
let opener = null, asking = null, timer = 0, teller = 0, wanted = "", entered = false;

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
}

// What one can do here is offered too, by its own name and key: buttons that have a key, and every act on the record in view.
const ACTS = "main [data-key], main .tools .menu-box :is(a, button)";
const usable = (button) => button.checkVisibility() || (!button.matches("summary") && button.closest("details.menu:not([open])")?.checkVisibility());

function here(text) {
  if (text && !text.startsWith(">") && "#@/".includes(text[0])) return null;
  const words = plain(text.replace(/^>/, "").trim());
  const group = dialog.querySelector("[data-here]").content.firstElementChild.cloneNode(true);
  for (const [n, button] of document.querySelectorAll(ACTS).entries()) {
    const bare = button.cloneNode(true);
    bare.querySelectorAll("kbd").forEach((hint) => hint.remove());
    const name = (button.getAttribute("aria-label") || bare.textContent).replace(/\s+/g, " ").trim();
    // Figures act in an open menu only, and the palette closes it.
    const key = /\d/.test(button.dataset.key || "") ? "" : button.getAttribute("aria-keyshortcuts");
    if (group.childElementCount > EACH && !text.startsWith(">")) break;
    if (!name || button.disabled || !usable(button) || !plain(name).includes(words)) continue;
    const option = document.createElement("button");
    Object.assign(option, { type: "button", id: `hit-here-${n}`, tabIndex: -1 });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const text = document.createElement("span");
    text.textContent = name;
    text.className = "clip";
    option.append(text);
    if (key) {
      const hint = document.createElement("kbd");
      hint.textContent = key;
      hint.className = "end hide-s";
      option.append(hint);
    }
    option.addEventListener("click", () => { dialog.close(); if (button.matches("input, textarea, select")) button.focus(); else button.click(); });
    group.append(option);
  }
  return group.querySelector("[role=option]") ? group : null;
}

function show(html, text) {
  list.innerHTML = html;
  const own = here(text);
  if (own) list.prepend(own);
  box.setAttribute("aria-expanded", String(options().length > 0));
  choose(options()[0]);
  clearTimeout(teller);
  teller = setTimeout(() => { said.textContent = list.querySelector("[data-told]")?.textContent || ""; }, TELL);
  if (entered) go(false);
}

async function ask() {
  wanted = box.value.trim();
  asking?.abort();
  const mine = asking = new AbortController();
  try {
    const answer = await fetch(`${dialog.dataset.source}?${new URLSearchParams({ q: wanted })}`, { signal: mine.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const html = await answer.text();
    if (mine !== asking) return;
    asking = null;
    lost.hidden = true;
    show(html, wanted);
  } catch (error) {
    if (error.name === "AbortError" || mine !== asking) return;
    asking = null;
    lost.hidden = false;
    show("", wanted);
  }
}

function go(aside) {
  const option = list.querySelector("[data-exact]") || chosen();
  entered = false;
  if (!option) { dialog.querySelector("form").requestSubmit(); return; }
  if (aside && option.href) window.open(option.href, "_blank", "noopener");
  else option.click();
}

function open(from) {
  document.querySelectorAll("dialog[open]").forEach((each) => each.close());
  opener = from;
  box.value = from?.matches?.("input") ? from.value : "";
  dialog.showModal();
  box.focus();
  box.select();
  ask();
}

box.addEventListener("input", () => {
  entered = false;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});
box.addEventListener("keydown", (event) => {
  const all = options(), at = all.indexOf(chosen());
  const move = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, PageDown: Math.min(at + 6, all.length - 1), PageUp: Math.max(at - 6, 0) }[event.key];
  if (move !== undefined && all.length) {
    event.preventDefault();
    choose(all[move % all.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    if (box.value.trim() !== wanted) { entered = true; clearTimeout(timer); ask(); } else if (asking) entered = true;
    else go(event.ctrlKey || event.metaKey);
  }
});
list.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== chosen()) choose(option);
});
dialog.addEventListener("close", () => {
  clearTimeout(timer);
  clearTimeout(teller);
  asking?.abort();
  asking = null;
  list.replaceChildren();
  said.textContent = "";
  if (document.activeElement === document.body || dialog.contains(document.activeElement)) opener?.focus();
});

for (const input of document.querySelectorAll(".v-top [data-search]")) {
  input.addEventListener("pointerdown", (event) => { event.preventDefault(); open(input); });
}
for (const button of document.querySelectorAll("[data-palette]")) {
  button.addEventListener("click", () => { if (dialog.open) dialog.close(); else open(document.activeElement); });
}
