// Answers that depend on each other. "Until when?": typing a date chooses "On a date"; choosing another answer empties the date, so that there is one answer.

const answers = (form) => [...form.querySelectorAll("input[name=when]")];

addEventListener("input", (event) => {
  if (!event.target.matches("[data-when]") || !event.target.value) return;
  const date = answers(event.target.form).find((each) => each.value === "date");
  if (date) date.checked = true;
});
addEventListener("change", (event) => {
  if (!event.target.matches("input[name=when]") || event.target.value === "date") return;
  const typed = event.target.form.querySelector("[data-when]");
  if (typed) typed.value = "";
});

// A field that only some answers of another one need (data-needed-by names that one, data-needed-for its answers) shows itself
// with them. Without scripts it stands there, and its hint says when it counts.
function need(within) {
  for (const each of within.querySelectorAll("[data-needed-by]")) {
    const answer = each.form?.elements[each.dataset.neededBy]?.value ?? "";
    const box = each.closest(".fld");
    if (box) box.hidden = !each.dataset.neededFor.split(" ").includes(answer);
  }
}
need(document);
document.addEventListener("htmx:afterSettle", (event) => need(event.target));
addEventListener("change", (event) => { if (event.target.form) need(event.target.form); });
