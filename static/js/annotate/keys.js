// The keyboard: which key means which deed, and when a key is somebody else's.
import { $, $$ } from "../dom.js";

const MAY_REPEAT = new Set(["up", "down", "left", "right"]);
const WORDS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", PageUp: "Page up", PageDown: "Page down", 123456789: "1–9" };
const singleKeys = $("#keys-on");
let chosen = JSON.parse($("#main").dataset.keys);

// Each person's keys, by deed; the hints on the page follow them.
export const keys = () => chosen;
export const inWords = (key) => WORDS[key] ?? key;
export function setKeys(next) {
  chosen = next;
  paintKeys();
}

export function paintKeys(root = document) {
  for (const hint of $$("[data-key]", root)) hint.textContent = inWords(chosen[hint.dataset.key]);
  for (const hint of $$("[data-number]", root)) {
    const key = chosen.numbers[hint.dataset.number - 1];
    hint.textContent = key;
    $(".box", hint.parentElement).setAttribute("aria-keyshortcuts", key);
  }
}

// What a key is called here. A digit by its place, so that Shift or a layout changes nothing.
export const digitOf = ({ code }) => /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
export const written = ({ key }) => (key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key);

const placeOf = (key) => chosen.numbers.indexOf(key) + 1 || null;
const deedOn = (key) => Object.keys(chosen).find((deed) => deed !== "numbers" && chosen[deed] === key);

// The number of a suggestion, or the name of a deed. Where / is made with Shift and a digit, the
// key beside the right Shift writes something else and is as good.
function meant(event) {
  const digit = digitOf(event);
  const key = digit && (placeOf(digit) || deedOn(digit)) ? digit : written(event);
  const name = deedOn(key) ?? (event.code === "Slash" && !placeOf(key) ? deedOn("/") : null);
  return { number: key.length === 1 ? placeOf(key) : null, name };
}

// `deedOf(number, shift, name)` is what the key does at this moment, or nothing.
export function listenToKeys(deedOf, isBusy) {
  document.addEventListener("keydown", (event) => {
    if (isElsewhere(event)) return;
    const { number, name } = meant(event);
    const deed = deedOf(number, event.shiftKey, name);
    if (!deed) return;
    event.preventDefault();
    if (!isBusy() && (!event.repeat || MAY_REPEAT.has(name))) deed();
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
