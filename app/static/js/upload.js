/* A chosen file is named with its size before it goes; htmx forms show how far it has come; files may be dropped on the zone. */
const STEPS = ["B", "kB", "MB", "GB"];

function size(bytes) {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), STEPS.length - 1);
  const figure = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  return `${figure.format(bytes / 1000 ** step)} ${STEPS[step]}`;
}

function list(input) {
  const items = [...input.files].map((file) => {
    const item = document.createElement("li");
    item.textContent = `${file.name} · ${size(file.size)}`;
    return item;
  });
  input.closest("[data-upload]").querySelector("[data-upload-list]").replaceChildren(...items);
}

function zoneOf(event) {
  return event.target.closest?.("[data-upload] .upload-zone");
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-upload] input[type=file]")) list(event.target);
});
document.addEventListener("dragover", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.setAttribute("data-over", "");
});
document.addEventListener("dragleave", (event) => zoneOf(event)?.removeAttribute("data-over"));
document.addEventListener("drop", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.removeAttribute("data-over");
  const input = zone.querySelector("input[type=file]");
  input.files = event.dataTransfer.files;
  list(input);
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.querySelector?.("[data-upload-progress]");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});
