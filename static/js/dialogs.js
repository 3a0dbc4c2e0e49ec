// Native dialogs: data-open names one, data-close shuts the one around it.
import { $ } from "./dom.js";

// Close, and leave the closed dialog's field now: the browser does so a frame later, and a fast
// key would be typed into it.
export function shut(dialog) {
  dialog.close();
  if (dialog.contains(document.activeElement)) document.activeElement.blur();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
  const closer = event.target.closest("dialog [data-close]");
  if (closer) {
    event.preventDefault();
    shut(closer.closest("dialog"));
  }
  if (event.target.matches("dialog")) shut(event.target); // a click on the backdrop
});

// Escape closes at once, for the same reason.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest("dialog[open]");
  if (!open) return;
  event.preventDefault();
  shut(open);
});

// A question that htmx has fetched opens as a dialog; asked again with a mistake in it, it stays.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "dialog") return;
  const dialog = event.detail.target;
  if (!dialog.open) dialog.showModal();
  ($("[aria-invalid=true]", dialog) ?? $("input:not([type=hidden])", dialog))?.focus();
});

// What is shown only once is easily taken along: focused, it is selected whole.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-select]")) event.target.select();
});
