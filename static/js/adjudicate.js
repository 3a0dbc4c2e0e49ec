// Adjudication by keyboard: a whole annotation, the majority, or row by row; five keys are enough.
import { $, $$ } from "./dom.js";

const form = $("#adjudicate");
const rows = $$("tr:has(.seg)", form);
const outcomes = $$("tr.outcomes", form);
const SAID_OF_A_FACET = { n: "none_fits", x: "not_enough_text", g: "general_public" };

function decide(row, value) {
  $(`input[value=${value}]`, row).checked = true;
}

function choose(row, outcome) {
  const choice = $$("input", row).find(({ value }) => value === outcome);
  if (choice) choice.checked = true;
}

const saidIn = (row) => $$("td[data-says]", row).map((cell) => cell.dataset.says);
const wholesOf = (row) => $$("td[data-outcome]", row).map((cell) => cell.dataset.outcome);

function take(voice) {
  for (const row of rows) {
    const said = saidIn(row)[voice];
    // Where this annotator said nothing, what was decided stays.
    if (said !== "silent") decide(row, said === "chosen" ? "yes" : "no");
  }
  for (const row of outcomes) choose(row, wholesOf(row)[voice]);
  goOn();
}

// Of those who answered the facet. Where they are even, the row stays as it is.
function takeMajority() {
  for (const row of rows) {
    const said = saidIn(row).filter((word) => word !== "silent");
    const surplus = 2 * said.filter((word) => word === "chosen").length - said.length;
    if (surplus) decide(row, surplus > 0 ? "yes" : "no");
  }
  for (const row of outcomes) {
    const said = wholesOf(row).filter(Boolean);
    choose(row, said.find((value) => 2 * said.filter((other) => other === value).length > said.length));
  }
  goOn();
}

function stand(row) {
  for (const other of rows) other.classList.toggle("here", other === row);
  row?.scrollIntoView({ block: "nearest" });
}

const isOpen = (row) => "disputed" in row.dataset && !$(":checked", row);
const open = () => rows.find(isOpen);
const here = () => rows.find((row) => row.classList.contains("here"));

const goOn = () => stand(open() ?? here() ?? rows[0]);

function move(by) {
  const place = rows.indexOf(here()) + by;
  stand(rows[Math.max(0, Math.min(rows.length - 1, place))]);
}

function decideHere(value) {
  const row = here() ?? open() ?? rows[0];
  if (!row) return;
  decide(row, value);
  const after = rows.slice(rows.indexOf(row) + 1).find(isOpen);
  stand(after ?? open() ?? row);
}

function decideRest(value) {
  for (const row of rows.filter(isOpen)) decide(row, value);
}

function turn(row) {
  decide(row, $("input[value=yes]", row).checked ? "no" : "yes");
  stand(row);
}

// What the facet in hand holds if nothing is in, else the first one of which nothing is said.
function decideWhole(outcome) {
  const table = here()?.closest("table");
  const able = outcomes.filter((row) => $$("input", row).some(({ value }) => value === outcome));
  const row = able.find((one) => table?.contains(one)) ?? able.find((one) => !$(":checked", one)) ?? able[0];
  if (row) choose(row, outcome);
}

const KEYS = {
  i: () => decideHere("yes"),
  o: () => decideHere("no"),
  m: takeMajority,
  b: () => form.requestSubmit($("button[name=both]", form)),
  arrowdown: () => move(1),
  arrowup: () => move(-1),
  enter: () => form.requestSubmit($("button.btn-main", form)),
};
const WITH_SHIFT = { i: () => decideRest("yes"), o: () => decideRest("no") };

function deedOf({ key, code, shiftKey }) {
  // By place, so that Shift and a digit is the same on every layout.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  if (digit && shiftKey) {
    const row = rows.find((one) => one.dataset.number === digit);
    return row && (() => turn(row));
  }
  if (digit) {
    const button = $(`[data-take="${digit - 1}"]`, form);
    return button && (() => take(Number(button.dataset.take)));
  }
  const name = key.toLowerCase();
  if (shiftKey) return WITH_SHIFT[name];
  return KEYS[name] ?? (SAID_OF_A_FACET[name] && (() => decideWhole(SAID_OF_A_FACET[name])));
}

for (const button of $$("[data-take]", form)) {
  button.addEventListener("click", () => take(Number(button.dataset.take)));
}
$("[data-majority]", form)?.addEventListener("click", takeMajority);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=radio]), textarea, select, a, button, dialog, [role=region]:not(.bleed)")) return;
  // Arrows on a radio button are the browser's own: they change it.
  if (event.target.matches("input[type=radio]") && event.key.startsWith("Arrow")) return;
  const deed = deedOf(event);
  if (!deed) return;
  event.preventDefault();
  deed();
});

// Double Enter saves once: the second would be refused, and that would look like a fault.
form.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => delete form.dataset.sent);

// The first nine disputed rows have numbers: Shift and the number turns one.
rows.filter((row) => "disputed" in row.dataset).slice(0, 9).forEach((row, i) => {
  row.dataset.number = i + 1;
  $(".row-key", row).hidden = false;
  $(".row-key kbd", row).textContent = `⇧${i + 1}`;
});
stand(open());
