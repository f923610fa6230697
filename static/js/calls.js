// The switchboard, on every page of an operator: seconds that run, the call that rings, click to call; on the console what keeps
// focus and words while its parts are drawn again. Without it every act is a form.

const root = document.documentElement;
const shift = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
const AMBER = 60, RED = 120;
const title = document.title;
const find = (selector) => document.querySelector(selector);

function figures(seconds) {
  const total = Math.max(0, Math.floor(seconds)), hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60, two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };

// The time to wrap up is over: what is proposed holds, else the operator is simply free. Once for each call.
let ended = "";
function over(place) {
  const form = place.closest("section")?.querySelector("form[data-wraps]");
  const call = form?.elements.call?.value;
  if (!form || ended === call || form.contains(document.activeElement) && form.elements.note.value) return;
  ended = call;
  (form.querySelector("[name=code][aria-pressed=true]") || form.querySelector("[name=free]"))?.click();
}

function tick() {
  const now = Date.now() + shift;
  for (const place of document.querySelectorAll("[data-tick]")) {
    const gone = (now - Date.parse(place.dataset.tick)) / 1000;
    write(place, figures(gone));
    if ("warms" in place.dataset) {
      place.classList.toggle("red", gone >= RED);
      place.classList.toggle("amber", gone >= AMBER && gone < RED);
      place.classList.toggle("green", gone < AMBER);
    }
  }
  for (const place of document.querySelectorAll("[data-left-until]")) {
    const left = (Date.parse(place.dataset.leftUntil) - now) / 1000;
    write(place, figures(left));
    if (left <= 0) over(place);
  }
  const clock = find("[data-clock]");
  if (clock) write(clock, `${new Date(now + 60000 * Number(clock.dataset.clock)).toISOString().slice(11, 19)}`);
}
setInterval(tick, 1000);
tick();

// The tab says that a call rings, too: one may be at another one.
function ring() {
  const rings = find("[data-rings], .call-now.is-ringing");
  const name = rings?.querySelector("strong")?.textContent || "";
  document.title = rings ? `☎ ${name} · ${title}` : title;
}
ring();
document.addEventListener("htmx:oobAfterSwap", ring);

// A letter does not act while one types; F2 does, and takes nothing away from the field.
addEventListener("keydown", (event) => {
  if (event.key !== "F2" || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const answer = find("#ring-answer") || find("#answer-now");
  if (!answer || !answer.closest("form").querySelector("[name=call]")) return;
  event.preventDefault();
  answer.click();
});

// L begins a call by hand; in a call it says why it does not.
addEventListener("keydown", (event) => {
  const busy = event.key?.toLowerCase() === "l" && !event.ctrlKey && !event.altKey && !event.metaKey && find("[data-l-waits]");
  if (busy && !event.target.closest?.("input, textarea, select, [contenteditable]") && !find("dialog[open]")) tell(busy.dataset.lWaits);
});

// What is half written on this page stays: the console then opens beside it.
const changed = (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
  : field.matches("select") ? [...field.options].some((each) => each.selected !== each.defaultSelected) && field.value !== ""
  : field.value !== field.defaultValue);
const isHalfWritten = () => [...document.querySelectorAll("main form :is(input:not([type=hidden], [type=search]), textarea, select)")].some(changed);
addEventListener("submit", (event) => {
  if (event.target.matches("[data-answer]")) event.target.target = isHalfWritten() ? "_blank" : "";
}, true);

// ---- click to call: the exchange rings the operator's telephone first; without one the number is dialled as any link of its kind

function tell(words, bad = false) {
  find(".call-told")?.remove();
  const note = document.createElement("div");
  note.className = `call-told ${bad ? "note red" : "toast-v"}`;
  note.textContent = words;
  if (bad) note.setAttribute("role", "alert");
  find(bad ? ".v-under" : ".toasts")?.append(note);
  if (!bad) setTimeout(() => note.remove(), 10000);
}

addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href^='tel:']");
  if (!link || "byHand" in link.dataset || event.defaultPrevented || event.ctrlKey || event.metaKey || !find("#presence")) return;
  event.preventDefault();
  const body = new FormData();
  body.set("number", decodeURIComponent(link.getAttribute("href").slice(4)));
  if (link.dataset.dialCall) body.set("call", link.dataset.dialCall);
  try {
    const answer = await fetch("/calls/dial/", { method: "POST", body, headers: { "X-CSRFToken": token, "X-Dial": "1" } });
    const words = answer.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : "";
    tell(words || link.textContent.trim(), !answer.ok);
    if (answer.ok) for (const asker of document.querySelectorAll("#bar-poll, #calls-poll, #counts")) htmx.trigger(asker, "acted");
    if (answer.ok && answer.headers.get("X-By-Hand")) location.href = link.href;
  } catch {
    location.href = link.href;
  }
});

// ---- the console

// Words that are being typed stay, and so does a menu that is open: the part is drawn at the next change.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "presence" && target.open) {
    const next = fragment.querySelector("#presence");
    if (next && next.dataset.state === target.dataset.state) event.detail.shouldSwap = false;
    return;
  }
  if (!target.matches?.("[data-part]")) return;
  for (const open of target.querySelectorAll("details[id][open]")) fragment.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  for (const field of target.querySelectorAll("input[id]:not([type=hidden]), textarea[id]")) {
    const next = fragment.querySelector(`#${CSS.escape(field.id)}`);
    if (next && field.value && !next.value && next.closest("form").elements.call?.value === field.form.elements.call?.value) next.value = field.value;
  }
});

// Who writes a note wants the time for it.
let asked = "";
addEventListener("input", (event) => {
  if (event.target.id !== "wrap-note") return;
  const hold = find("#wrap-hold"), call = event.target.form.elements.call?.value;
  if (!hold || asked === call) return;
  asked = call;
  hold.click();
});

// A note that is kept alone stands with the call, and its field is empty again.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const note = find("#wrap-note");
  if (note && detail.successful && detail.elt.id === "wrap-form" && detail.requestConfig?.parameters?.keep) note.value = "";
});

// An answer is drawn where its form stands: what was asked while an act is under way would take the form away, and what
// the act says with it. The next question comes in two seconds.
const isActing = () => Boolean(find("#calls form.htmx-request, dialog#dialog form.htmx-request"));
for (const name of ["htmx:beforeRequest", "htmx:beforeOnLoad"]) {
  document.addEventListener(name, (event) => { if (event.detail.elt.matches("[data-poll]") && isActing()) event.preventDefault(); });
}

let near = "", nearCall = "";
const callOf = (field) => field?.form?.elements.call?.value || "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.matches("[data-poll]")) return;
  near = document.activeElement?.id || "";
  nearCall = callOf(document.activeElement);
});
document.addEventListener("calls:acted", (event) => {
  const { said, closes } = event.detail;
  if (said) tell(said);
  if (find("#counts")) htmx.trigger("#counts", "acted");  // how many wait, in the menu: what one did shows at once
  const dialog = find("dialog#dialog[open]");
  if (closes || dialog?.querySelector("[data-closes-after]")) dialog?.close();
  // The same field of another call is another field: what one types on would stand on the wrong call.
  const strays = nearCall && document.activeElement?.id === near && callOf(document.activeElement) !== nearCall;
  if (near && (strays || document.activeElement === document.body)) find("#now-h")?.focus({ preventScroll: true });
  tick();
});
