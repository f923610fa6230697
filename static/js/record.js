// The composer of a ticket: Reply and Note choose who reads it and give it the focus. What was written as an internal note
// becomes public only when its author says so. Files come by choice, by paste, by drop. The workspace swaps tickets under it.

const composer = () => document.getElementById("compose");
const text = () => document.getElementById("body");
const modes = () => [...(composer()?.querySelectorAll("[data-composer-mode]") ?? [])];
const skin = () => composer()?.classList.toggle("internal", modes().some((mode) => mode.checked && mode.value === "internal"));
const agreed = new WeakSet();

function choose(value) {
  const wanted = modes().find((mode) => mode.value === value);
  if (!wanted || wanted.checked) return;
  if (value === "public" && text().value.trim() && !agreed.has(composer())) {
    if (!confirm(composer().dataset.ask)) return;
    agreed.add(composer());
  }
  wanted.checked = true;
  skin();
}

const fileField = () => composer()?.querySelector("input[type=file]");

function nameFiles() {
  composer().querySelector("[data-files]").textContent = [...fileField().files].map((file) => file.name).join(", ");
}

function addFiles(list) {
  const all = new DataTransfer();
  for (const file of [...fileField().files, ...list]) all.items.add(file);
  fileField().files = all.files;
  nameFiles();
}

const inComposer = (event) => event.target.closest?.("#compose");

addEventListener("click", (event) => {
  const label = inComposer(event) && event.target.closest("label:has([data-composer-mode])");
  const button = event.target.closest("[data-compose]");
  const phrase = event.target.closest("[data-insert]");
  if (label) {
    event.preventDefault();
    choose(label.querySelector("input").value);
    text().focus();
  } else if (button && composer()) {
    event.preventDefault();
    choose(button.dataset.compose);
    text().focus();
    text().scrollIntoView({ block: "center" });
  } else if (phrase) {
    // A canned reply goes where the caret stands; what was typed stays.
    phrase.closest("details").open = false;
    text().focus();
    text().setRangeText(phrase.dataset.insert, text().selectionStart, text().selectionEnd, "end");
    text().dispatchEvent(new Event("input", { bubbles: true }));
  }
});
addEventListener("change", (event) => { if (event.target === fileField()) nameFiles(); });
addEventListener("paste", (event) => {
  if (!inComposer(event) || !event.clipboardData.files.length) return;
  event.preventDefault();
  addFiles(event.clipboardData.files);
});
addEventListener("dragover", (event) => {
  if (!inComposer(event)) return;
  event.preventDefault();
  composer().classList.add("is-target");
});
addEventListener("dragleave", () => composer()?.classList.remove("is-target"));
addEventListener("drop", (event) => {
  if (!inComposer(event)) return;
  event.preventDefault();
  composer().classList.remove("is-target");
  addFiles(event.dataTransfer.files);
});

skin();
addEventListener("pageshow", skin);
document.addEventListener("htmx:afterSettle", skin);
