// The keyboard: which key means which deed, and when a key is somebody else's.
import { $, $$ } from "../dom.js";

const MAY_REPEAT = new Set(["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"]);
const singleKeys = $("#keys-on");
let chosen = JSON.parse($("#main").dataset.keys);

// Each person's keys, by deed; the hints on the page follow them.
export const keys = () => chosen;
export function setKeys(next) {
  chosen = next;
  paintKeys();
}

export function paintKeys(root = document) {
  for (const hint of $$("[data-key]", root)) hint.textContent = chosen[hint.dataset.key];
}

// `deedOf(key, digit, shift, name)` is what the key does at this moment, or nothing; `name` is the
// deed that the person has put on the key.
export function listenToKeys(deedOf, isBusy) {
  document.addEventListener("keydown", (event) => {
    if (isElsewhere(event)) return;
    // By place on the keyboard, so that Shift and a digit work on every layout.
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const name = Object.keys(chosen).find((deed) => chosen[deed] === event.key.toLowerCase());
    const deed = deedOf(event.key, digit, event.shiftKey, name);
    if (!deed) return;
    event.preventDefault();
    if (!isBusy() && (!event.repeat || MAY_REPEAT.has(event.key))) deed();
  });
}

function isElsewhere({ target, key, defaultPrevented, ctrlKey, metaKey, altKey, isComposing }) {
  if (defaultPrevented || ctrlKey || metaKey || altKey || isComposing) return true;
  if (target.closest("dialog") || target.matches("input, textarea, select")) return true;
  const keepsItsKeys = target.closest("a, summary, button:not(.box):not(.name)");
  if ((key === "Enter" || key === " ") && keepsItsKeys) return true;
  const isSingle = key.length === 1 && key !== " ";
  return isSingle && !singleKeys.checked;
}

// Single keys can be switched off (WCAG 2.1.4), in this browser and for good.
try { singleKeys.checked = localStorage.getItem("single-keys") !== "off"; } catch { /* storage may be refused */ }
singleKeys.addEventListener("change", () => {
  try { localStorage.setItem("single-keys", singleKeys.checked ? "on" : "off"); } catch { /* until the page closes */ }
});
