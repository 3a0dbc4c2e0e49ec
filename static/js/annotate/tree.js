// `t`: the taxonomy as an ARIA tree. Arrows move and fold, Space chooses, letters jump.
import { $, $$, el } from "../dom.js";
import { fullPath } from "./annotation.js";
import { categories } from "./categories.js";
import { tell } from "./meaning.js";
import { toast } from "./toast.js";

const dialog = $("#tree");
const box = $("#tree-box");
const meaning = $("#tree-meaning");
const BANDS = [1, 5, 10, 50];
const bandOf = (n) => BANDS.filter((bound) => n >= bound).length;
const keyOf = (path) => JSON.stringify(path);
const item = (node) => node.closest("[role=treeitem]");
let stateOf, choose, drop;
let below = new Map();
let byItem = new WeakMap();

// Called once: how to see what is decided now, and what to do with a choice.
export function setUp(options) {
  ({ stateOf, choose, drop } = options);
}

export async function openTree(facetCode = stateOf().facetInUse) {
  let all;
  try { all = await categories(); } catch { return toast("The categories did not load. Try again."); }
  const { facets, facetLabel } = stateOf();
  $("#tree-facets").replaceChildren(...facets.map((facet) => facetButton(facet, facet.code === facetCode)));
  sort(all.filter((c) => c.facet === facetCode));
  const root = el("ul", {}, ...branch([]));
  root.setAttribute("role", "tree");
  root.setAttribute("aria-label", facetLabel(facetCode));
  root.setAttribute("aria-multiselectable", "true");
  box.replaceChildren(root);
  if (!dialog.open) dialog.showModal();
  const first = $("[aria-checked=true]", box) ?? $("[role=treeitem]", box);
  if (first) go(first);
}

function facetButton({ code, label }, isPressed) {
  const button = el("button", { type: "button", className: "btn btn-s", textContent: label });
  button.setAttribute("aria-pressed", String(isPressed));
  button.addEventListener("click", () => openTree(code));
  return button;
}

// Children by their parent's path; one whose parent is retired hangs on the nearest that is not.
function sort(list) {
  const known = new Set(list.map((c) => keyOf(fullPath(c))));
  below = new Map();
  for (const c of list) {
    let parent = c.path;
    while (parent.length && !known.has(keyOf(parent))) parent = parent.slice(0, -1);
    const key = keyOf(parent);
    if (!below.has(key)) below.set(key, []);
    below.get(key).push(c);
  }
}

// Branches are drawn when they are unfolded: a large taxonomy opens as fast as a small one.
function branch(path) {
  return (below.get(keyOf(path)) ?? []).map(drawItem);
}

function drawItem(category) {
  const hasMore = below.has(keyOf(fullPath(category)));
  const handle = el("span", { className: "tw" });
  handle.setAttribute("aria-hidden", "true");
  const examples = el("span", { className: "vh", textContent: " examples" });
  const node = el("li", { tabIndex: -1 }, el("div", { className: "t-row" },
    handle,
    el("span", { textContent: category.label }),
    el("span", { className: `band b${bandOf(category.n)}` }, String(category.n), examples)));
  byItem.set(node, category);
  node.setAttribute("role", "treeitem");
  node.setAttribute("aria-checked", String(stateOf().isChosen(category)));
  if (hasMore) fold(node, !isAboveChoice(category));
  return node;
}

function isAboveChoice(category) {
  const path = fullPath(category);
  return stateOf().chosen(category.facet).some((c) => path.every((label, i) => c.path[i] === label));
}

function fold(node, isFolded) {
  node.setAttribute("aria-expanded", String(!isFolded));
  $(":scope > .t-row > .tw", node).textContent = isFolded ? "▸" : "▾";
  $(":scope > [role=group]", node)?.remove();
  if (isFolded) return;
  const group = el("ul", {}, ...branch(fullPath(byItem.get(node))));
  group.setAttribute("role", "group");
  node.append(group);
}

function toggle(node) {
  const category = byItem.get(node);
  const isChosen = stateOf().isChosen(category);
  if (isChosen) drop(category);
  else choose(category);
  node.setAttribute("aria-checked", String(!isChosen));
}

function go(node) {
  for (const other of $$("[tabindex='0']", box)) other.tabIndex = -1;
  node.tabIndex = 0;
  node.focus();
  tell(meaning, byItem.get(node));
}

box.addEventListener("click", (event) => {
  const node = item(event.target);
  if (!node) return;
  go(node);
  const open = node.getAttribute("aria-expanded");
  if (event.target.matches(".tw") && open) fold(node, open === "true");
  else toggle(node);
});

box.addEventListener("keydown", (event) => {
  const me = item(event.target);
  if (!me || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = $$("[role=treeitem]", box);
  const at = all.indexOf(me);
  const open = me.getAttribute("aria-expanded");
  const jump = () => [...all.slice(at + 1), ...all.slice(0, at)]
    .find((node) => byItem.get(node).label.toLowerCase().startsWith(event.key.toLowerCase()));
  const deeds = {
    ArrowDown: () => all[at + 1],
    ArrowUp: () => all[at - 1],
    Home: () => all[0],
    End: () => all.at(-1),
    ArrowRight: () => (open === "false" ? fold(me, false) : open && all[at + 1]),
    ArrowLeft: () => (open === "true" ? fold(me, true) : item(me.parentElement)),
    " ": () => toggle(me),
    Enter: () => toggle(me),
  };
  const deed = deeds[event.key] ?? (/^\p{L}$/u.test(event.key) ? jump : null);
  if (!deed) return;
  event.preventDefault();
  const to = deed();
  if (to) go(to);
});
