/* A refused form is read from its summary: the focus moves there, and from each line to its field. */
function focusSummary(scope) {
  scope.querySelector("[data-focus]")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.closest(".field")?.scrollIntoView({ block: "center" });
});
document.addEventListener("htmx:afterSettle", (event) => focusSummary(event.target));
focusSummary(document);
