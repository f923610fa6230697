// A value of the ticket changed in its place: Enter or leaving saves what was changed, Escape puts back what was there.

const shown = new WeakMap();
const value = (form) => [...new FormData(form)].filter(([name]) => name !== "version" && name !== "seen").map(String).join();

document.addEventListener("htmx:beforeSwap", (event) => {
  const box = event.detail.target;
  if (box.matches?.(".inl-box")) shown.set(box, [...box.childNodes]);
});
document.addEventListener("htmx:afterSettle", (event) => {
  const form = (event.target.matches?.(".inl-box") ? event.target : event.target.parentElement)?.querySelector?.("form[data-inline]");
  if (!form || form.dataset.was !== undefined) return;
  form.dataset.was = event.target.matches(".inl-box") ? value(form) : "";
  const control = form.querySelector("[data-focus]");
  control?.focus();
  control?.select?.();
});

function leave(form, focus) {
  const box = form.closest(".inl-box");
  if (!box || !shown.has(box)) return;
  box.replaceChildren(...shown.get(box));
  htmx.process(box);
  if (focus) box.querySelector("a")?.focus();
}

addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (!form) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    leave(form, true);
  } else if (event.key === "Enter" && event.target.matches("select")) {
    event.preventDefault();
    form.requestSubmit();
  }
});
addEventListener("click", (event) => {
  const button = event.target.closest("[data-inline-leaves]");
  if (button) leave(button.form, true);
});
addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (!form || form.contains(event.relatedTarget) || !document.hasFocus()) return;
  // After the click or key that took the focus away: it may have opened a dialog, or sent the form.
  setTimeout(() => {
    if (!form.isConnected || form.dataset.sent || form.contains(document.activeElement) || document.querySelector("dialog[open]")) return;
    if (value(form) === form.dataset.was) leave(form, false);
    else form.requestSubmit();
  });
});
// What is the same is not sent.
addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-inline]") || value(form) !== form.dataset.was) return;
  event.preventDefault();
  event.stopPropagation();
  leave(form, true);
}, true);
