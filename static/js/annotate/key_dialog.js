// `?`: all keys, each deed's own to be changed by whoever uses it.
import { $, $$ } from "../dom.js";
import { shut } from "../dialogs.js";
import { digitOf, inWords as keyInWords, keys, setKeys, written } from "./keys.js";
import { inWords, post } from "./net.js";
import { toast } from "./toast.js";

const dialog = $("#help");
const fields = $$(".key-field", dialog);
const problem = $("#keys-problem");

export function openKeys() {
  for (const field of fields) put(field, keys()[field.name]);
  tell("");
  dialog.showModal();
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = !text;
  if (text) problem.scrollIntoView({ block: "nearest" });
}

function put(field, key) {
  field.dataset.chosen = key;
  field.value = field.name === "numbers" ? key : keyInWords(key);
}

for (const field of fields) {
  // What is pressed or typed takes the place of what was there.
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", () => {
    const typed = field.value.toLowerCase();
    if (field.name === "numbers") field.dataset.chosen = typed;
    else put(field, typed.slice(-1));
  });
  if (field.name !== "numbers") field.addEventListener("keydown", press);
}

// Tab goes on and Escape closes, here as everywhere. A keyboard on a screen may name no key.
function press(event) {
  const { key, ctrlKey, metaKey, altKey, isComposing } = event;
  if (ctrlKey || metaKey || altKey || isComposing) return;
  if (["Tab", "Escape", "Shift", "Unidentified", "Dead", "Process"].includes(key)) return;
  event.preventDefault();
  put(event.target, digitOf(event) ?? written(event));
}

$("[data-usual-keys]", dialog).addEventListener("click", () => save({}));

$("form", dialog).addEventListener("submit", (event) => {
  event.preventDefault();
  save(Object.fromEntries(fields.map((field) => [field.name, field.dataset.chosen])));
});

async function save(wanted) {
  const reply = await post($("#main").dataset.chooseKeys, { keys: JSON.stringify(wanted) });
  if (reply.status !== 200) return tell(`Not saved. ${inWords(reply)}`);
  setKeys(JSON.parse(reply.text));
  shut(dialog);
  toast("Your keys are saved");
}
