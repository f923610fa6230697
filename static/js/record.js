// The composer of a ticket: Reply and Note choose who reads it and give it the focus. What was written as an internal note
// becomes public only when its author says so.

const composer = document.getElementById("compose");
const text = composer?.querySelector("textarea");
const modes = [...(composer?.querySelectorAll("[data-composer-mode]") ?? [])];
const skin = () => composer.classList.toggle("internal", modes.some((mode) => mode.checked && mode.value === "internal"));
let agreed = false;

function choose(value) {
  const wanted = modes.find((mode) => mode.value === value);
  if (!wanted || wanted.checked) return;
  if (value === "public" && text.value.trim() && !agreed) {
    agreed = confirm(composer.dataset.ask);
    if (!agreed) return;
  }
  wanted.checked = true;
  skin();
}

if (composer) {
  skin();
  addEventListener("pageshow", skin);
  for (const mode of modes) {
    mode.closest("label").addEventListener("click", (event) => {
      event.preventDefault();
      choose(mode.value);
      text.focus();
    });
  }
  addEventListener("click", (event) => {
    const button = event.target.closest("[data-compose]");
    if (!button) return;
    event.preventDefault();
    choose(button.dataset.compose);
    text.focus();
    text.scrollIntoView({ block: "center" });
  });
  const files = composer.querySelector("input[type=file]");
  const named = () => {
    composer.querySelector("[data-files]").textContent = [...files.files].map((file) => file.name).join(", ");
  };
  const add = (list) => {
    const all = new DataTransfer();
    for (const file of [...files.files, ...list]) all.items.add(file);
    files.files = all.files;
    named();
  };
  files?.addEventListener("change", named);
  // A picture pasted, or files dropped on the composer, go with the message.
  composer.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
  composer.addEventListener("dragover", (event) => {
    event.preventDefault();
    composer.classList.add("is-target");
  });
  composer.addEventListener("dragleave", () => composer.classList.remove("is-target"));
  composer.addEventListener("drop", (event) => {
    event.preventDefault();
    composer.classList.remove("is-target");
    add(event.dataTransfer.files);
  });
  // A canned reply goes where the caret stands; what was typed stays.
  addEventListener("click", (event) => {
    const phrase = event.target.closest("[data-insert]");
    if (!phrase) return;
    phrase.closest("details").open = false;
    text.focus();
    text.setRangeText(phrase.dataset.insert, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
