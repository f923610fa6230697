// The shell's few behaviours: dialogs, the drawer, menus, one submit a form, toasts. Every page works without them.

// A form is sent once: its buttons rest until the answer comes, or for ten seconds.
const REST = 10000;

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const pressed = event.submitter || form.querySelector("button[type=submit], button:not([type])");
  pressed?.setAttribute("aria-busy", "true");
  setTimeout(release, REST, form);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});

// Dialogs: a button that names one opens it, and gets the focus back. The drawer borrows the navigation while it is open.
function open(dialog, opener) {
  const lender = document.getElementById(dialog.dataset.borrows || "");
  const lent = lender ? [...lender.children] : [];
  dialog.append(...lent);
  dialog.showModal();
  dialog.addEventListener("close", () => {
    lender?.append(...lent);
    opener?.focus();
  }, { once: true });
}

addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog) {
    event.preventDefault();
    document.querySelectorAll("dialog[open]").forEach((each) => each.close());
    open(dialog, opener);
    return;
  }
  if (event.target.closest("[data-closes]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
    return;
  }
  if (event.target.closest("[data-print]")) { window.print(); return; }
  if (event.target.matches("dialog[open]")) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A fragment that arrives in #dialog is shown as a dialog, with its first field in focus.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.target.closest?.("dialog#dialog");
  if (dialog && !dialog.open && dialog.children.length) open(dialog, document.activeElement);
});

// Menus: Escape closes and gives the focus back; the arrows go up and down.
addEventListener("keydown", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const lines = [...menu.querySelectorAll(".menu-box a, .menu-box button")];
    const at = lines.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    lines[(at + lines.length) % lines.length]?.focus();
  }
});

// A choice that changes a form's answer asks the server at once.
addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !event.target.closest("[data-no-auto]")) form.requestSubmit();
});

// A field that is being corrected is no longer called wrong: the server says so again if it is.
addEventListener("input", (event) => {
  const field = event.target.closest(".fld");
  field?.querySelector(".field-error")?.remove();
  for (const control of field?.querySelectorAll(".is-bad") ?? []) {
    control.classList.remove("is-bad");
    control.removeAttribute("aria-invalid");
  }
});

// The composer looks internal while one types an internal note.
addEventListener("change", (event) => {
  const radio = event.target.closest("[data-composer-mode]");
  if (radio) radio.closest("form").classList.toggle("internal", radio.value === "internal");
});

// Toasts leave after ten seconds, unless somebody is on them; those that offer nothing to do after five.
for (const toast of document.querySelectorAll(".toasts .toast-v")) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, toast.querySelector("a, button") ? REST : REST / 2);
}

// Within data-stay an act that leads back to the same page leaves it where it was; what the address names comes into view.
const PLACE = "place";
const main = document.getElementById("main");
const scrolls = () => (main && getComputedStyle(main).overflowY === "auto" ? main : document.scrollingElement);
addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post" || !event.target.closest("[data-stay]")) return;
  sessionStorage.setItem(PLACE, JSON.stringify([location.pathname, scrolls().scrollTop, Date.now()]));
});
const [path, top, since] = JSON.parse(sessionStorage.getItem(PLACE) || "[]");
sessionStorage.removeItem(PLACE);
if (path === location.pathname && Date.now() - since < REST && !document.querySelector("[data-focus]")) {
  const back = () => {
    scrolls().scrollTo({ top, behavior: "instant" });
    document.querySelector(":target")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  };
  back();
  addEventListener("load", () => requestAnimationFrame(back));
}

// The first error takes the focus, so that a keyboard or a screen reader starts there.
const focusFirst = (root) => root.querySelector("[data-focus]")?.focus();
focusFirst(document);
document.addEventListener("htmx:afterSettle", (event) => focusFirst(event.target));
