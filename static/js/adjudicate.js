// Adjudication by keyboard: 1 to 9 take an annotation, i and o decide the row in hand, b lets all stand.
import { $, $$ } from "./dom.js";

const form = $("#adjudicate");
const rows = $$("tr:has(.seg)", form);
const outcomes = $$("tr.outcomes", form);

function decide(row, value) {
  $(`input[value=${value}]`, row).checked = true;
}

function take(voice) {
  for (const row of rows) {
    const said = $$("td[data-says]", row)[voice].dataset.says;
    // Where this annotator said nothing, what was decided stays.
    if (said !== "silent") decide(row, said === "chosen" ? "yes" : "no");
  }
  for (const row of outcomes) {
    const said = $$("td[data-outcome]", row)[voice].dataset.outcome;
    const choice = $$("input", row).find(({ value }) => value === said);
    if (choice) choice.checked = true;
  }
}

function stand(row) {
  for (const other of rows) other.classList.toggle("here", other === row);
  row?.scrollIntoView({ block: "nearest" });
}

const open = () => rows.find((row) => "disputed" in row.dataset && !$(":checked", row));
const here = () => rows.find((row) => row.classList.contains("here"));

function move(by) {
  const place = rows.indexOf(here()) + by;
  stand(rows[Math.max(0, Math.min(rows.length - 1, place))]);
}

function decideHere(value) {
  const row = here() ?? open() ?? rows[0];
  if (!row) return;
  decide(row, value);
  const after = rows.slice(rows.indexOf(row) + 1).find((next) => "disputed" in next.dataset && !$(":checked", next));
  stand(after ?? open() ?? row);
}

const KEYS = {
  i: () => decideHere("yes"),
  o: () => decideHere("no"),
  b: () => form.requestSubmit($("button[name=both]", form)),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => form.requestSubmit($("button.btn-main", form)),
};

for (const button of $$("[data-take]", form)) {
  button.addEventListener("click", () => take(Number(button.dataset.take)));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=radio]), textarea, select, a, button, dialog, [role=region]:not(.bleed)")) return;
  // Arrows on a radio button are the browser's own: they change it.
  if (event.target.matches("input[type=radio]") && event.key.startsWith("Arrow")) return;
  const taken = /^Digit([1-9])$/.exec(event.code);
  const button = taken && $$("[data-take]", form)[Number(taken[1]) - 1];
  const deed = button ? () => take(Number(button.dataset.take)) : KEYS[event.key];
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

stand(open());
