// Files before sending: by name and size, each can be taken back. A photo joins what was chosen already.
// Without this script the file fields of the form send the same.

const size = (bytes) => {
  const [unit, value] = bytes < 1e6 ? ["kilobyte", bytes / 1e3] : ["megabyte", bytes / 1e6];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
};

for (const pick of document.querySelectorAll("[data-files]")) {
  const [main, ...others] = pick.querySelectorAll("input[type=file]");
  const list = pick.querySelector("[data-files-list]");
  const line = pick.querySelector("template").content.firstElementChild;
  let kept = [];
  pick.dataset.on = "";

  const show = () => {
    const all = new DataTransfer();
    for (const file of kept) all.items.add(file);
    main.files = all.files;
    list.replaceChildren(...kept.map((file) => {
      const item = line.cloneNode(true), remove = item.querySelector("button");
      item.querySelector("[data-name]").textContent = file.name;
      item.querySelector("[data-size]").textContent = size(file.size);
      item.querySelector("[data-too-big]").hidden = file.size <= Number(pick.dataset.files);
      remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace("{name}", file.name));
      remove.addEventListener("click", () => {
        kept = kept.filter((each) => each !== file);
        show();
        (list.querySelector("button") || main).focus();
      });
      return item;
    }));
  };

  pick.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=file]")) return;
    const same = (a) => kept.some((b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified);
    kept = [...kept, ...[...event.target.files].filter((file) => !same(file))];
    for (const other of others) other.value = "";
    show();
  });
}
