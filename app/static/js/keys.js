/* j and k walk through a queue, Enter opens; never while something is being typed. */
function move(step) {
  const items = [...document.querySelectorAll("[data-queue] .queue-item")];
  if (items.length === 0) return;
  const focused = items.indexOf(document.activeElement);
  const here = focused >= 0 ? focused : items.findIndex((item) => item.hasAttribute("aria-current"));
  const next = items[Math.min(Math.max(here + step, 0), items.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  if (event.key === "j") move(1);
  if (event.key === "k") move(-1);
});
