// Pass a grant on, with one of six reasons. Digits choose, Enter sends.
import { $, $$ } from "../dom.js";
import { shut } from "../dialogs.js";
import { digitOf } from "./keys.js";

const dialog = $("#skip");

export const openSkip = () => dialog.showModal();

export function onSkip(deed) {
  $("form", dialog).addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = $(":checked", dialog);
    const { value } = choice;
    const words = choice.dataset.words;
    shut(dialog);
    event.target.reset();
    deed(value, words);
  });
}

dialog.addEventListener("keydown", (event) => {
  const choice = $$("[name=reason]", dialog)[Number(digitOf(event)) - 1];
  if (!choice) return;
  event.preventDefault();
  choice.checked = true;
  choice.focus();
});
