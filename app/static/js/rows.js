/* Repeated groups of fields ("lines.0.quantity"): add and remove, and keep the numbers without gaps. */
const ATTRIBUTES = ["name", "id", "for", "aria-describedby"];

function renumber(row, list, index) {
  const dotted = new RegExp(`^${list}\\.\\d+`);
  const dashed = new RegExp(`-${list}-\\d+`, "g");
  for (const node of row.querySelectorAll("*")) {
    for (const attribute of ATTRIBUTES) {
      const value = node.getAttribute(attribute);
      if (value === null) continue;
      node.setAttribute(attribute, value.replace(dotted, `${list}.${index}`).replaceAll(dashed, `-${list}-${index}`));
    }
  }
}

function settle(group) {
  const rows = [...group.querySelectorAll(":scope > [data-row]")];
  rows.forEach((row, index) => renumber(row, group.dataset.rows, index));
  const least = Number(group.dataset.rowsMinimum);
  for (const row of rows) row.querySelector("[data-row-remove]").hidden = rows.length <= least;
}

function withRemove(row, label) {
  if (row.querySelector("[data-row-remove]")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet row-remove";
  button.setAttribute("data-row-remove", "");
  button.textContent = label;
  row.append(button);
}

function add(group) {
  const row = group.querySelector(":scope > [data-row-template]").content.firstElementChild.cloneNode(true);
  withRemove(row, group.querySelector("[data-row-remove-label]").textContent);
  group.querySelector(":scope > [data-row-template]").before(row);
  settle(group);
  row.querySelector("input, select, textarea")?.focus();
}

function remove(row) {
  const group = row.closest("[data-rows]");
  row.remove();
  settle(group);
  group.querySelector("[data-row-add]").focus();
}

function prepare(scope) {
  for (const group of scope.querySelectorAll("[data-rows]:not([data-ready])")) {
    group.setAttribute("data-ready", "");
    for (const spare of group.querySelectorAll(":scope > [data-row-spare]")) spare.remove();
    const label = group.querySelector("[data-row-remove-label]").textContent;
    for (const row of group.querySelectorAll(":scope > [data-row]")) withRemove(row, label);
    group.querySelector("[data-row-add]").hidden = false;
    settle(group);
  }
}

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-row-add]");
  if (adder) return add(adder.closest("[data-rows]"));
  const remover = event.target.closest("[data-row-remove]");
  if (remover) remove(remover.closest("[data-row]"));
});
document.addEventListener("htmx:afterSettle", () => prepare(document));
prepare(document);
