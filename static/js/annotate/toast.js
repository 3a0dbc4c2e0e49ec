// A word after a deed, for eight seconds. Never the only way: `u` stays.
import { $, el } from "../dom.js";

let timer;

export function toast(text, undo = null) {
  const box = el("div", { className: "toast" }, el("bdi", { textContent: text }));
  if (undo) {
    // Of this deed; the key takes back whatever came last.
    const button = el("button", { type: "button", textContent: "Undo" });
    button.addEventListener("click", undo);
    box.append(button);
  }
  $("#toasts").replaceChildren(box);
  clearTimeout(timer);
  timer = setTimeout(() => box.remove(), 8000);
}

// What one could take back there is not before one's eyes any more.
export const quiet = () => $("#toasts").replaceChildren();
