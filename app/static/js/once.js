/* A form goes out once: the pressed button shows that it is on its way, a second press does nothing. Without JavaScript
   the idempotency key gives the same promise on the server. */
function start(form, button) {
  form.setAttribute("data-going", "");
  button?.setAttribute("aria-busy", "true");
}

function stop(form) {
  form.removeAttribute("data-going");
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.hasAttribute("data-going")) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  start(form, event.submitter);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-once]");
  if (form) stop(form);
});

/* Back from the next page: the browser may show this one as it was left. */
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-going]").forEach(stop);
});
