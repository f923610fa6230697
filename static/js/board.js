// The board of a list: a card is moved by pointer, by touch on its handle, by its menu, or by Shift and the arrows. The record's own
// addresses make the move; those that need words open their form first. A card that is refused goes back, and the page says why.

const board = () => document.querySelector("[data-board]");
const ways = () => JSON.parse(board().dataset.ways);
const column = (element) => element.closest("[data-state]");
const number = (card) => card.querySelector(".mono").textContent;
const say = (key, values) => board().dataset[key].replace(/\{(\w+)\}/g, (_all, name) => values[name]);
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
let pending = null;
let last = 0;

// Where this card may go: the column's name to [move, needs a form].
function targets(card) {
  const found = {};
  for (const [to, way] of Object.entries(ways()[column(card).dataset.state] ?? {})) {
    const state = to === "<" ? card.dataset.back : to;
    if (board().querySelector(`[data-state="${state}"]`)) found[state] = way;
  }
  return found;
}

const places = (card) => [...board().querySelectorAll("[data-state]")].filter((each) => each.dataset.state in targets(card));
const status = (text) => { document.getElementById("list-status").textContent = text; };

function refuse(card, why) {
  const note = document.getElementById("board-refused");
  note.querySelector("span:last-child").textContent = `${say("stays", { number: number(card) })} ${why}`;
  note.hidden = false;
  note.focus();
}

// The card stands where it is wanted while the server is asked; `home` brings it back.
function lift(card, to) {
  const from = card.parentElement, next = card.nextElementSibling;
  to.querySelector("ul").prepend(card);
  card.setAttribute("aria-busy", "true");
  return () => {
    card.removeAttribute("aria-busy");
    from.insertBefore(card, next?.parentElement === from ? next : null);
  };
}

async function refresh(card, to) {
  const who = number(card), words = say("done", { number: who, state: to.querySelector("[data-name]").textContent });
  await htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "innerHTML" });
  htmx.trigger("#counts", "acted");
  const moved = [...document.querySelectorAll(".kb-k .mono")].find((each) => each.textContent === who)?.closest("a");
  (moved ?? board().querySelector(`[data-state="${to.dataset.state}"] a`))?.focus();
  setTimeout(status, 150, words);
}

function reason(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const items = [...page.querySelectorAll("[role=alert] li")].map((each) => each.textContent.trim());
  return (items.length ? items.join(" ") : page.querySelector("[role=alert] strong, main p")?.textContent ?? "").trim();
}

async function move(card, to) {
  const [name, asks] = targets(card)[to.dataset.state];
  const address = `${card.querySelector("a").getAttribute("href")}${name}/`;
  document.getElementById("board-refused").hidden = true;
  const home = lift(card, to);
  if (asks) {
    pending = { card, to, home };
    await htmx.ajax("GET", address, { target: "#dialog", swap: "innerHTML" });
    if (pending && !document.getElementById("dialog").open) settle(false);
    return;
  }
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "HX-Request": "true", "HX-Current-URL": location.href, "X-CSRFToken": token() },
      body: new URLSearchParams({ version: card.dataset.v }),
    });
    if (answer.ok) await refresh(card, to);
    else {
      const why = reason(await answer.text());
      home();
      refuse(card, why);
    }
  } catch {
    home();
    refuse(card, board().dataset.lost);
  }
}

function settle(done) {
  const { card, to, home } = pending;
  pending = null;
  if (done) { refresh(card, to); return; }
  home();
  card.querySelector("a").focus();
}

// A form that the dialog sent: when it is done, the board is drawn again instead of the page.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, elt } = event.detail;
  if (!pending || !elt.closest?.("#dialog")) return;
  if (xhr.getResponseHeader("HX-Redirect")) {
    event.preventDefault();
    const waiting = pending;
    pending = null;
    document.getElementById("dialog").close();
    refresh(waiting.card, waiting.to);
  }
});
document.addEventListener("htmx:responseError", (event) => {
  if (!pending) return;
  const { card } = pending, why = reason(event.detail.xhr.responseText);
  settle(false);
  refuse(card, why);
});
document.getElementById("dialog")?.addEventListener("close", () => { if (pending) settle(false); });

// The menu of a card names only the places it may go to.
const menu = () => document.getElementById("board-menu");

function closeMenu(focus) {
  if (!board() || menu().hidden) return;
  menu().hidden = true;
  if (focus) menu().opener.focus();
  menu().opener.setAttribute("aria-expanded", "false");
}

function openMenu(button) {
  const card = button.closest("li"), found = places(card), box = menu();
  box.replaceChildren(...found.map((to) => {
    const line = document.createElement("button");
    line.className = "linkish";
    line.setAttribute("role", "menuitem");
    line.textContent = to.querySelector("[data-name]").textContent;
    line.addEventListener("click", () => { closeMenu(false); move(card, to); });
    return line;
  }));
  if (!found.length) { status(say("none", { number: number(card) })); return; }
  box.opener = button;
  box.hidden = false;
  button.setAttribute("aria-expanded", "true");
  const at = button.getBoundingClientRect(), ground = board().getBoundingClientRect();
  box.style.left = `${Math.max(4, Math.min(at.right - ground.left - box.offsetWidth, ground.width - box.offsetWidth - 4))}px`;
  box.style.top = `${at.bottom - ground.top + 2}px`;
  box.firstElementChild.focus();
}

addEventListener("click", (event) => {
  const button = event.target.closest(".mv");
  if (button) {
    event.preventDefault();
    if (Date.now() - last > 250) openMenu(button);
  } else if (!event.target.closest("#board-menu")) closeMenu(false);
});
addEventListener("keydown", (event) => {
  if (!board()) return;
  const inMenu = event.target.closest("#board-menu"), card = event.target.closest(".kb-k li[data-v]");
  if (inMenu) {
    const lines = [...menu().children], at = lines.indexOf(document.activeElement);
    if (event.key === "Escape" || event.key === "Tab") closeMenu(true);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") lines[(at + (event.key === "ArrowDown" ? 1 : -1) + lines.length) % lines.length].focus();
    else return;
    event.preventDefault();
  } else if (card && event.shiftKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    const all = [...board().querySelectorAll("[data-state]")], here = all.indexOf(column(card)), may = places(card);
    const wanted = event.key === "ArrowRight" ? all.slice(here + 1) : all.slice(0, here).reverse();
    const to = wanted.find((each) => may.includes(each));
    if (to) move(card, to);
    else status(say("none", { number: number(card) }));
  }
});

// By pointer: the mouse takes the whole card, a finger its handle, so that the page still scrolls.
let held = null;

addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.(".kb-k li[data-v]");
  if (!card || event.button !== 0 || (event.pointerType !== "mouse" && !event.target.closest(".mv"))) return;
  held = { card, x: event.clientX, y: event.clientY, lifted: false };
});
addEventListener("pointermove", (event) => {
  if (!held) return;
  const dx = event.clientX - held.x, dy = event.clientY - held.y;
  if (!held.lifted) {
    if (Math.hypot(dx, dy) < 6) return;
    held.lifted = true;
    held.card.classList.add("is-lifted");
    board().classList.add("is-dragging");
    for (const place of places(held.card)) place.classList.add("is-target");
  }
  event.preventDefault();
  held.card.style.transform = `translate(${dx}px, ${dy}px)`;
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-state]");
  for (const place of board().querySelectorAll("[data-state]")) place.classList.toggle("is-over", place === under && place.classList.contains("is-target"));
}, { passive: false });

function drop(event) {
  if (!held) return;
  const { card, lifted } = held;
  held = null;
  if (!lifted) return;
  last = Date.now();
  const over = event.type === "pointerup" ? board().querySelector(".is-over") : null;
  card.classList.remove("is-lifted");
  card.style.transform = "";
  board().classList.remove("is-dragging");
  for (const place of board().querySelectorAll("[data-state]")) place.classList.remove("is-target", "is-over");
  if (over) move(card, over);
}
addEventListener("pointerup", drop);
addEventListener("pointercancel", drop);
// What follows a drag is not a press on the link.
addEventListener("click", (event) => {
  if (Date.now() - last < 250 && event.target.closest(".kb-k li")) event.preventDefault();
}, true);
addEventListener("dragstart", (event) => { if (event.target.closest?.(".kb-k li")) event.preventDefault(); });

function prepare() {
  if (!board()) return;
  for (const card of board().querySelectorAll("li[data-v]:not(:has(.mv))")) {
    if (!places(card).length) continue;
    const button = document.createElement("button");
    button.className = "mv";
    button.type = "button";
    button.textContent = "⠿";
    button.setAttribute("aria-label", say("move", { number: number(card) }));
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    card.append(button);
    card.querySelector("a").setAttribute("aria-describedby", "board-hint");
  }
}
document.addEventListener("htmx:afterSettle", prepare);
prepare();
