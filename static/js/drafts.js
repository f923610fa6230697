// Drafts: what is typed in a field with data-draft="<place>" is kept in this browser for seven days, per person, until it is sent.

const WEEK = 7 * 24 * 3600 * 1000;
const person = document.documentElement.dataset.person || "";
const place = (field) => `draft:${person}:${field.dataset.draft}`;

function kept(name) {
  try {
    const draft = JSON.parse(localStorage.getItem(name));
    return draft && Date.now() - draft.at < WEEK ? draft.text : "";
  } catch {
    return "";
  }
}

function keep(field) {
  if (field.value.trim()) localStorage.setItem(place(field), JSON.stringify({ at: Date.now(), text: field.value }));
  else localStorage.removeItem(place(field));
}

function restore(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    if (!field.value) field.value = kept(place(field));
  }
}

// What is old goes, whoever it belonged to.
for (const name of Object.keys(localStorage)) {
  if (name.startsWith("draft:") && !kept(name)) localStorage.removeItem(name);
}
restore(document);
document.addEventListener("htmx:afterSettle", (event) => restore(event.target));

addEventListener("input", (event) => { if (event.target.dataset?.draft) keep(event.target); });

// A page that answers with the same form puts the text back from the server; a draft only serves what was never sent.
addEventListener("submit", (event) => {
  for (const field of event.target.querySelectorAll("[data-draft]")) localStorage.removeItem(place(field));
});
