// The tabs of a list scroll sideways: the one in use is brought into sight.

const show = () => document.querySelector(".tabs-bar [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
document.addEventListener("htmx:afterSettle", show);
show();
