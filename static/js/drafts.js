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
  sign(field);
}

// A form may say so: an element with data-draft-kept is shown while there is a draft.
function sign(field) {
  const note = field.form?.querySelector("[data-draft-kept]");
  if (note) note.hidden = !localStorage.getItem(place(field));
}

function restore(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    if (!field.value) field.value = kept(place(field));
    sign(field);
  }
}

// What is old goes, whoever it belonged to.
for (const name of Object.keys(localStorage)) {
  if (name.startsWith("draft:") && !kept(name)) localStorage.removeItem(name);
}
restore(document);
document.addEventListener("htmx:afterSettle", (event) => restore(event.target));

addEventListener("input", (event) => { if (event.target.dataset?.draft) keep(event.target); });

const forget = (form) => {
  for (const field of form.querySelectorAll("[data-draft]")) localStorage.removeItem(place(field));
};

// A page that answers with the same form puts the text back from the server; a draft only serves what was never sent.
addEventListener("submit", (event) => { if (!event.target.matches("[hx-post]")) forget(event.target); });
// Sent by htmx, the text stays here until the server has it; the form may be gone from the page by then.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches("form[hx-post]")) return;
  form.addEventListener("htmx:beforeOnLoad", ({ detail }) => { if (detail.xhr.status < 400) forget(form); }, { once: true });
});
