// Rows of a form that come and go: data-row-add copies the blank row above itself, data-row-remove takes a row away. The focus follows.

addEventListener("click", (event) => {
  const add = event.target.closest("[data-row-add]"), remove = event.target.closest("[data-row-remove]");
  if (add) {
    const blank = add.closest("[data-row]"), fresh = blank.cloneNode(true);
    const button = fresh.querySelector("[data-row-add]");
    fresh.removeAttribute("data-row-blank");
    button.replaceWith(take(button));
    blank.before(fresh);
    blank.querySelectorAll("input").forEach((field) => { field.value = ""; });
    blank.querySelector("input").focus();
  } else if (remove) {
    const row = remove.closest("[data-row]"), near = row.nextElementSibling?.querySelector("input");
    row.remove();
    near?.focus();
  }
});

// The "add" button of a copied row becomes the row's "remove".
function take(button) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = button.className;
  made.dataset.rowRemove = "";
  made.textContent = "×";
  made.setAttribute("aria-label", button.closest("[data-row]").querySelector("input").getAttribute("aria-label") + " ×");
  return made;
}

// Enter in a blank row adds it instead of sending the form half-typed.
addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-row-blank] input") || !event.target.value) return;
  event.preventDefault();
  event.target.closest("[data-row]").querySelector("[data-row-add]").click();
});
