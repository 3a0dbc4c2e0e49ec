// Shared by every page: the theme button, dialogs, the category list of a search field.
import { $, $$, el } from "./dom.js";
import "./dialogs.js";
import "./refused.js";
import { fetchCategories } from "./taxonomy.js";

const THEMES = ["auto", "light", "dark"];
const root = document.documentElement;

function showTheme() {
  for (const place of $$("[data-theme-now]")) place.textContent = root.dataset.theme ?? "auto";
}

for (const button of $$("[data-theme-button]")) {
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch { /* storage may be refused */ }
    showTheme();
  });
}
showTheme();

// The menu of small screens closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
});

// A field with data-categories offers every category, fetched when the field is first used.
for (const field of $$("input[data-categories]")) {
  field.addEventListener("focus", async () => {
    const list = document.getElementById(field.getAttribute("list"));
    const categories = await fetchCategories(field.dataset.categories).catch(() => []);
    list.replaceChildren(
      ...categories.map((c) => el("option", { value: c.code, label: [...c.path, c.label].join(" › ") })),
    );
  }, { once: true });
}
