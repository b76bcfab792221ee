/* Keys for who works through a queue: j and k walk, Enter opens, x chooses; a digit picks one of the choices marked so, and
   every other key presses what bears it as data-key. Never while something is being typed. */
function move(step) {
  const items = [...document.querySelectorAll("[data-queue] .queue-item")];
  if (items.length === 0) return;
  const focused = items.indexOf(document.activeElement);
  const here = focused >= 0 ? focused : items.findIndex((item) => item.hasAttribute("aria-current"));
  const next = items[Math.min(Math.max(here + step, 0), items.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function pick() {
  document.activeElement?.closest?.("[data-queue] li")?.querySelector("input[type=checkbox]")?.click();
}

function choose(number) {
  const choice = document.querySelectorAll("[data-key-choices] input[type=radio]")[number - 1];
  choice?.click();
  choice?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");
  if (typing) return;
  if (event.key === "j") return move(1);
  if (event.key === "k") return move(-1);
  if (event.key === "x") return pick();
  if (/^[1-9]$/.test(event.key)) return choose(Number(event.key));
  if (event.key === "Enter" || event.key === " ") return;
  document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});
