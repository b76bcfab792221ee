/* Light or dark: the system's choice until the reader makes another. Loaded before the first paint, so nothing flashes. */
const root = document.documentElement;
const night = matchMedia("(prefers-color-scheme: dark)");

function kept() {
  try { return localStorage.getItem("theme"); } catch { return null; }
}

function keep(theme) {
  try { localStorage.setItem("theme", theme); } catch { /* storage refused: the choice lasts for this page */ }
}

function isNight() {
  return root.dataset.theme ? root.dataset.theme === "dark" : night.matches;
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.toggleAttribute("data-night", isNight());
    button.setAttribute("aria-pressed", String(isNight()));
  }
}

if (kept()) root.dataset.theme = kept();

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  root.dataset.theme = isNight() ? "light" : "dark";
  keep(root.dataset.theme);
  show();
});
night.addEventListener("change", show);
document.addEventListener("DOMContentLoaded", show);
if (document.readyState !== "loading") show();
