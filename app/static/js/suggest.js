/* Products offered under the search while somebody types: a list of links. Arrow keys walk through it, Escape closes it. */
const LEAST = 2; /* signs before anything is asked */
const REST = 200; /* milliseconds without a key before it is asked */
const timers = new WeakMap();

function parts(node) {
  const search = node.closest?.("[data-suggest]");
  return search && {
    search,
    input: search.querySelector("input"),
    offers: search.querySelector(".search-offers"),
    said: search.querySelector("[data-suggest-said]"),
  };
}

function close({ search, input, offers, said }) {
  clearTimeout(timers.get(search));
  input.dispatchEvent(new Event("htmx:abort"));
  offers.hidden = true;
  offers.replaceChildren();
  said.textContent = "";
}

function typed(event) {
  const found = !event.isComposing && event.target.matches?.("[data-suggest] input") && parts(event.target);
  if (!found) return;
  clearTimeout(timers.get(found.search));
  if (found.input.value.trim().length < LEAST) return close(found);
  timers.set(found.search, setTimeout(() => found.input.dispatchEvent(new Event("suggest")), REST));
}

function walk({ input, offers }, step) {
  const stops = [input, ...offers.querySelectorAll("a")];
  stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
}

document.addEventListener("input", typed);
document.addEventListener("compositionend", typed);
document.addEventListener("htmx:afterSwap", (event) => {
  const found = event.target.matches?.(".search-offers") && parts(event.target);
  if (!found) return;
  const list = found.offers.querySelector(".suggestions");
  found.offers.hidden = !list?.children.length || !found.search.contains(document.activeElement);
  found.said.textContent = found.offers.hidden ? "" : list.dataset.said;
});
document.addEventListener("keydown", (event) => {
  const found = parts(event.target);
  if (!found || found.offers.hidden || event.isComposing) return;
  if (event.key === "ArrowDown") walk(found, 1);
  else if (event.key === "ArrowUp") walk(found, -1);
  else if (event.key === "Escape") {
    close(found);
    found.input.focus();
  } else return;
  event.preventDefault();
});
document.addEventListener("focusout", (event) => {
  const found = parts(event.target);
  if (found && !found.search.contains(event.relatedTarget)) close(found);
});
/* A press on the list leaves the focus in the field, or the list would close before the click arrives. */
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.(".search-offers")) event.preventDefault();
});
