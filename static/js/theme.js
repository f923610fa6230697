// Loaded before the first paint: the choice of the person, else that of the system.
const choice = document.documentElement.dataset.themeChoice || "system";
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.bsTheme = choice === "system" ? (dark ? "dark" : "light") : choice;
