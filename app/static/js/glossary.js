/* A word of the trade explains itself on hover too; tap, click and keyboard work without this. */
const WAIT = 250;
let timer = 0;

function noteOf(event) {
  const word = event.target.closest?.("[data-term]");
  return word && document.getElementById(word.getAttribute("popovertarget"));
}

if (matchMedia("(hover: hover)").matches) {
  document.addEventListener("mouseover", (event) => {
    const note = noteOf(event);
    if (!note || note.matches(":popover-open")) return;
    timer = setTimeout(() => {
      note.showPopover({ source: event.target.closest("[data-term]") });
      note.setAttribute("data-hovered", "");
    }, WAIT);
  });
  document.addEventListener("mouseout", (event) => {
    const note = noteOf(event);
    if (!note || note.contains(event.relatedTarget)) return;
    clearTimeout(timer);
    if (note.hasAttribute("data-hovered") && note.matches(":popover-open")) note.hidePopover();
    note.removeAttribute("data-hovered");
  });
}
