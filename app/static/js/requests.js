/* What htmx asks for carries the CSRF token of the page, so that elements outside a form may post too. */
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('input[name="csrf_token"]')?.value;
  if (token) event.detail.headers["X-CSRF-Token"] = token;
});
