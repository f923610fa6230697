// "Until when?": typing a date chooses "On a date"; choosing another answer empties the date, so that there is one answer.

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
