// `/`: add any category by its label, another name, its code or its path.
import { $, $$, el } from "../dom.js";
import { shut } from "../dialogs.js";
import { categories, hit, words } from "./categories.js";
import { tell } from "./meaning.js";
import { search } from "./search.js";

const SHOWN = 8;
const dialog = $("#add");
const field = $("#add-words");
const list = $("#add-list");
const count = $("#add-count");
const meaning = $("#add-meaning");
let found = [];
let at = 0;
let stateOf, choose;

// Called once: how to see what is decided now, and what to do with a choice.
export function setUp(options) {
  ({ stateOf, choose } = options);
}

export async function openTypeahead(text = "") {
  dialog.showModal();
  field.value = text;
  field.focus();
  await refresh();
}

async function refresh(event) {
  performance.mark("typed", { startTime: event?.timeStamp });
  const state = stateOf();
  let all;
  try {
    if (!found.length) count.textContent = "Loading the categories…";
    all = await categories();
  } catch {
    found = [];
    list.replaceChildren();
    count.textContent = "The categories did not load. Check the connection, then type again.";
    return;
  }
  const matching = search(all, field.value, state.facetInUse, state.scores());
  found = matching.slice(0, SHOWN);
  at = 0;
  const wanted = words(field.value);
  list.replaceChildren(...found.map((category, i) => option(category, i, wanted, state)));
  count.textContent = !found.length
    ? `No category matches “${field.value}”. Try a broader word, or browse the tree.`
    : `${matching.length > SHOWN ? `First ${SHOWN} of ${matching.length}` : matching.length} of ${all.length.toLocaleString("en-AU")} categories`;
  point();
  requestAnimationFrame(() => setTimeout(() => performance.measure("typed to painted", "typed")));
}

function option(category, i, wanted, { facetLabel, isChosen }) {
  const path = el("span", { className: "path" }, ...marked([facetLabel(category.facet), ...category.path].join(" › "), wanted));
  const other = !hit(category.label, wanted) && category.alt.find((name) => hit(name, wanted));
  if (other) path.append(" · also called ", ...marked(other, wanted));
  const node = el("div", { className: "opt", id: `opt-${i}` },
    el("span", {}, ...marked(category.label, wanted), " ", el("span", { className: "code tiny", textContent: category.code }),
      ...(isChosen(category) ? [" ", el("span", { className: "tag", textContent: "chosen" })] : [])),
    path);
  node.setAttribute("role", "option");
  node.addEventListener("click", () => pick(i));
  return node;
}

function marked(text, wanted) {
  const parts = hit(text, wanted);
  return parts ? [parts[0], el("em", { textContent: parts[1] }), parts[2]] : [text];
}

function point() {
  $$(".opt", list).forEach((node, i) => node.setAttribute("aria-selected", String(i === at)));
  tell(meaning, found[at]);
  const node = $(`#opt-${at}`);
  if (!node) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", node.id);
  node.scrollIntoView({ block: "nearest" });
}

function pick(i, stay = false) {
  if (!found[i]) return;
  choose(found[i]);
  if (!stay) return shut(dialog);
  field.select();
  refresh();
}

field.addEventListener("input", refresh);
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % (found.length || 1);
    point();
  } else if (event.key === "Enter") pick(at, event.shiftKey);
  else return;
  event.preventDefault();
});
