// The annotating page: deciding, and what each button and key does.
import { $, whenPainted } from "../dom.js";
import { openLost, undo } from "./again.js";
import "./alike.js";
import { categories } from "./categories.js";
import * as clock from "./clock.js";
import { changed, desk, open } from "./desk.js";
import * as draft from "./draft.js";
import * as flow from "./flow.js";
import { openKeys } from "./key_dialog.js";
import { listenToKeys } from "./keys.js";
import * as notes from "./notes.js";
import { tell } from "./notices.js";
import { busy, leave } from "./onward.js";
import * as outbox from "./outbox.js";
import { remember } from "./search.js";
import { onSkip, openSkip } from "./skip.js";
import { toast } from "./toast.js";
import * as tree from "./tree.js";
import * as typeahead from "./typeahead.js";

const MINUTE = 60_000;
desk.change = changed;

// Deciding

function cycle(row, options) {
  desk.annotation.cycle(row.closest(".facet").dataset.facet, row.dataset.code);
  changed();
  desk.screen.focus(row, options);
}

function add(category) {
  const { token } = desk.claim;
  const { outcome } = desk.annotation.now[category.facet];
  desk.annotation.add(category);
  changed();
  desk.screen.last = category;
  remember(category.code);
  toast(`Added ${category.label}`, () => {
    if (desk.claim?.token !== token) return;
    drop(category.facet, category.code);
    if (outcome && !desk.annotation.chosen(category.facet).length) {
      desk.annotation.now[category.facet].outcome = outcome;
      changed();
    }
  });
}

function drop(facet, code) {
  desk.annotation.drop(facet, code);
  changed();
}

function outcome(value, { facet = desk.screen.active(), keyboard = true } = {}) {
  if (!$(`[data-outcome="${value}"]`, facet)) return;
  desk.annotation.setOutcome(facet.dataset.facet, value);
  desk.screen.use(facet);
  changed();
  answered = keyboard && desk.annotation.now[facet.dataset.facet].outcome ? facet : null;
}

// A facet that was answered as a whole is done with: Tab, pressed next, goes on to the next one.
let answered = null;
document.addEventListener("keydown", (event) => {
  if (event.key === "Shift") return;
  const from = answered;
  answered = null;
  if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!from?.isConnected || event.target.closest("dialog")) return;
  event.preventDefault();
  desk.screen.goOnFrom(from);
});
document.addEventListener("pointerdown", () => { answered = null; });

// The parent in the place of the category in focus: what is certain, rather than what is likely.
async function parent(from = desk.screen.tooNarrow()) {
  if (!from) return toast("Choose a category first; then its parent can stand in its place.");
  const { token } = desk.claim;
  const all = await categories().catch(() => []);
  if (desk.claim?.token !== token) return;
  const found = all.find((c) => c.facet === from.facet && c.label === from.path.at(-1)
    && c.path.join("\n") === from.path.slice(0, -1).join("\n"));
  if (!found) return toast("Its parent is no longer offered.");
  desk.annotation.backOff(from.facet, from.code, found);
  desk.screen.last = found;
  const wasOnChip = document.activeElement?.closest(".chip");
  changed();
  if (wasOnChip) desk.screen.focusChip(found);
  desk.screen.explainFocused();
}

// What is stored already cannot be passed on.
const passOn = (deed) => (desk.claim.skip ? deed()
  : toast("This grant is decided. Only what you decided can be changed here."));

// Buttons and fields

const DEEDS = {
  save: flow.save,
  undo,
  parent: () => parent(),
  whole: () => desk.screen.about.unfold(),
  skip: () => passOn(openSkip),
  park: () => passOn(() => flow.skip("parked", "Parked for later")),
  flag: notes.flag,
  comment: notes.openComment,
  help: openKeys,
  undo_also: undo,
  up: () => desk.screen.step(-1),
  down: () => desk.screen.step(1),
  left: () => desk.screen.stepFacet(-1),
  right: () => desk.screen.stepFacet(1),
  cycle: () => desk.screen.focused() && cycle(desk.screen.focused(), { keyboard: true }),
  add: () => typeahead.openTypeahead(),
  tree: () => tree.openTree(),
  none_fits: () => outcome("none_fits"),
  not_enough_text: () => outcome("not_enough_text"),
  general_public: () => outcome("general_public"),
};
const WITHOUT_GRANT = new Set(["undo", "undo_also", "help"]);

document.addEventListener("click", ({ target, detail }) => {
  const button = target.closest("[data-do]");
  if (button?.dataset.do === "open-parked") return openLost(button.dataset.openAt);
  if (button) return busy() || DEEDS[button.dataset.do]();
  if (!desk.claim || target.closest("dialog")) return;
  const row = target.closest(".sugg");
  const remove = target.closest("[data-remove]");
  const narrow = target.closest("[data-back-off]");
  const outcomeButton = target.closest("[data-outcome]");
  if (target.closest(".box")) cycle(row);
  else if (row) desk.screen.focus(row);
  else if (outcomeButton) {
    outcome(outcomeButton.dataset.outcome, { facet: outcomeButton.closest(".facet"), keyboard: !detail });
  } else if (narrow) parent(desk.screen.ofChip(narrow));
  else if (remove) {
    const facet = remove.closest(".facet");
    drop(facet.dataset.facet, remove.dataset.remove);
    facet.focus({ preventScroll: true }); // the button is gone, and the focus with it
  }
});

document.addEventListener("focusin", ({ target }) => {
  if (!desk.claim) return;
  const facet = target.closest(".facet");
  const row = target.closest(".sugg");
  if (row && row !== desk.screen.focused()) desk.screen.focus(row);
  else if (facet) desk.screen.use(facet);
});

document.addEventListener("toggle", ({ target }) => {
  if (target.matches("details.more") && target.open) target.dataset.seen = "yes";
}, true);

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-opens-add]")) return;
  const text = target.value;
  target.value = "";
  target.blur(); // so that the dialog gives the focus back to the page, where keys are deeds
  typeahead.openTypeahead(text);
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "decide") event.preventDefault();
});
onSkip((reason, words) => flow.skip(reason, `Skipped: ${words}`));

// Keys

listenToKeys((number, shift, name) => {
  if (name) return desk.claim || WITHOUT_GRANT.has(name) ? DEEDS[name] : null;
  const row = desk.claim && number && desk.screen.numbered(number);
  if (!row) return null;
  return () => (shift ? desk.screen.focus(row, { keyboard: true }) : cycle(row, { keyboard: true }));
}, busy);

// An empty queue is looked at every minute, by a page that somebody can see; a claim is kept while
// its annotator is active.
setInterval(() => {
  if (document.hidden || busy()) return;
  if (!desk.claim) leave();
  else if (clock.isActive()) flow.renew();
}, MINUTE);

addEventListener("offline", () => tell("The network is gone. Go on: what you save is kept in this browser and sent when it is back."));
// A page out of the browser's own store shows a grant that may be long saved.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

const stateOf = () => ({
  facets: desk.claim.facets,
  facetInUse: desk.screen.active().dataset.facet,
  facetLabel: (code) => desk.annotation.facet(code)?.label ?? code,
  chosen: (code) => desk.annotation.chosen(code),
  isChosen: (category) => desk.annotation.isChosen(category.facet, category.code),
  scores: () => desk.screen.scores(),
});
typeahead.setUp({ stateOf, choose: add });
tree.setUp({ stateOf, choose: add, drop: (category) => drop(category.facet, category.code) });
notes.setUp({ claimOf: () => desk.claim });
outbox.setUp(flow);

draft.forgetOld();
open();
flow.arrive().then(() => { $("#main").dataset.isReady = "yes"; });
whenPainted(() => categories().catch(() => {}));
