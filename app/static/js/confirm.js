/* A button with data-confirm asks first, in a dialog that says in one sentence what will happen. */
function ask(button) {
  const dialog = document.getElementById("confirm-template").content.firstElementChild.cloneNode(true);
  dialog.querySelector("[data-confirm-text]").textContent = button.dataset.confirm;
  dialog.querySelector("[data-confirm-no]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-confirm-yes]").addEventListener("click", () => dialog.close("yes"));
  dialog.addEventListener("close", () => {
    const agreed = dialog.returnValue === "yes";
    dialog.remove();
    if (!agreed) return button.focus();
    button.setAttribute("data-confirmed", "");
    button.form.requestSubmit(button);
  });
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.confirm) return;
  if (button.hasAttribute("data-confirmed")) {
    button.removeAttribute("data-confirmed");
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(button);
}, { capture: true });
