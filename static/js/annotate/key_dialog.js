// `?`: all keys, each deed's own to be changed by whoever uses it.
import { $, $$ } from "../dom.js";
import { shut } from "../dialogs.js";
import { keys, setKeys } from "./keys.js";
import { inWords, post } from "./net.js";
import { toast } from "./toast.js";

const dialog = $("#help");
const fields = $$(".key-field", dialog);
const problem = $("#keys-problem");

export function openKeys() {
  for (const field of fields) field.value = keys()[field.name];
  tell("");
  dialog.showModal();
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

// One sign a field: whatever is typed takes the place of what was there.
for (const field of fields) field.addEventListener("focus", () => field.select());

$("[data-usual-keys]", dialog).addEventListener("click", () => save({}));

$("form", dialog).addEventListener("submit", (event) => {
  event.preventDefault();
  save(Object.fromEntries(fields.map((field) => [field.name, field.value.toLowerCase()])));
});

async function save(wanted) {
  const reply = await post($("#main").dataset.chooseKeys, { keys: JSON.stringify(wanted) });
  if (reply.status !== 200) return tell(`Not saved. ${inWords(reply)}`);
  setKeys(JSON.parse(reply.text));
  shut(dialog);
  toast("Your keys are saved");
}
