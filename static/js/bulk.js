// Choosing rows of a list: all of the page, a stretch with Shift, the row in focus with X. The count is said once it rests.

const boxes = () => [...document.querySelectorAll('input[form="bulk"]')];
let last = null;

function show() {
  const all = boxes();
  const count = all.filter((box) => box.checked).length;
  const head = document.querySelector("[data-pick-all]");
  for (const each of document.querySelectorAll("[data-picked]")) each.textContent = count;
  for (const each of document.querySelectorAll("[data-needs-picked]")) each.disabled = !count;
  for (const box of all) box.closest("tr").classList.toggle("sel", box.checked);
  if (!head) return;
  head.hidden = false;
  head.checked = count > 0 && count === all.length;
  head.indeterminate = count > 0 && count < all.length;
}

function pickUpTo(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from >= 0) for (const each of all.slice(from, to + 1)) each.checked = box.checked;
}

addEventListener("click", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of boxes()) box.checked = event.target.checked;
  else if (event.target.matches('input[form="bulk"]')) {
    if (event.shiftKey && last) pickUpTo(event.target);
    last = event.target;
  } else if (event.target.closest("[data-pick-none]")) {
    event.preventDefault();
    for (const box of boxes()) box.checked = false;
  } else return;
  show();
});

addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tr, .qi");
  const box = row?.querySelector('input[form="bulk"]');
  if (event.key.toLowerCase() !== "x" || !box || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  event.preventDefault();
  box.checked = event.shiftKey || !box.checked;
  if (event.shiftKey && last) pickUpTo(box);
  last = box;
  show();
});

document.addEventListener("htmx:afterSettle", show);
document.addEventListener("chosen", show);
addEventListener("pageshow", show);
show();
