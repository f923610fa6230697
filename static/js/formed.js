// Questions that depend on one another: what the server decides (`servicedesk/catalogue/form/conditions.py`), shown ahead of it.
// Without this script every question is shown, with the words of its condition; the server drops what was not asked.

const form = document.querySelector("[data-formed]");
const all = [...form.querySelectorAll("[data-question]")];
const rules = all.map((box) => ({
  box,
  key: box.dataset.question,
  shown: box.dataset.shownIf ? JSON.parse(box.dataset.shownIf) : null,
  needed: box.dataset.requiredIf ? JSON.parse(box.dataset.requiredIf) : null,
}));
const fold = (text) => text.trim().toLocaleLowerCase();

// What a question holds now: a list of texts, empty without an answer.
function answer(box) {
  const controls = [...box.querySelectorAll("[name^=q_]")];
  const chosen = controls.filter((each) => !["radio", "checkbox"].includes(each.type) || each.checked);
  return chosen.map((each) => each.value.trim()).filter(Boolean);
}

const number = (text) => (/^[+-]?[\d\s]+([.,]\d+)?$/.test(text) ? Number(text.replace(/\s/g, "").replace(",", ".")) : NaN);

function same(value, wanted) {
  if (typeof wanted === "boolean") return value === (wanted ? "yes" : "no");
  if (typeof wanted === "number") return number(value) === wanted;
  return fold(value) === fold(wanted);
}

function ordered(value, term) {
  const day = /^\d{4}-\d{2}-\d{2}$/;
  const [mine, theirs] = day.test(term.value) ? [day.test(value) ? value : NaN, term.value] : [number(value), Number(term.value)];
  return term.is === "greater" ? mine > theirs : mine < theirs;
}

function compare(term, answers) {
  const values = answers.get(term.field) || [];
  if (!values.length) return false;
  if (term.is === "greater" || term.is === "less") return ordered(values[0], term);
  const wanted = Array.isArray(term.value) ? term.value : [term.value];
  const met = values.some((value) => wanted.some((each) => same(value, each)));
  return term.is === "not" ? !met : met;
}

const holds = (rule, answers) => (rule.any ? rule.terms.some((t) => compare(t, answers)) : rule.terms.every((t) => compare(t, answers)));

// A hidden question has no answer, which may hide others: again until nothing changes.
function settle() {
  let hidden = new Set();
  for (let round = 0; round <= rules.length; round += 1) {
    const answers = new Map(rules.map(({ box, key }) => [key, hidden.has(key) ? [] : answer(box)]));
    const next = new Set(rules.filter(({ shown }) => shown && !holds(shown, answers)).map(({ key }) => key));
    const still = next.size === hidden.size && [...next].every((key) => hidden.has(key));
    hidden = next;
    if (still) break;
  }
  const answers = new Map(rules.map(({ box, key }) => [key, hidden.has(key) ? [] : answer(box)]));
  for (const { box, key, needed } of rules) {
    box.hidden = hidden.has(key);
    const optional = needed && box.querySelector("[data-optional]");
    if (optional) optional.hidden = holds(needed, answers);
  }
}

for (const words of form.querySelectorAll("[data-when-words]")) words.hidden = true;
form.addEventListener("input", settle);
form.addEventListener("change", settle);
addEventListener("pageshow", settle);
settle();
