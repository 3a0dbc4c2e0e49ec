// The annotating page: opening a grant, deciding, saving, and what each button and key does.
import { $ } from "../dom.js";
import { Answer } from "./answer.js";
import { categories } from "./categories.js";
import * as clock from "./clock.js";
import * as draft from "./draft.js";
import { listenToKeys } from "./keys.js";
import { listNotSaved, showLost } from "./lost.js";
import { Screen } from "./screen.js";
import { busy, newKey, notice, send, sendQuietly } from "./send.js";
import { onSkip, openSkip } from "./skip.js";
import { toast } from "./toast.js";
import * as tree from "./tree.js";
import * as typeahead from "./typeahead.js";

const MINUTE = 60_000;
const TOO_SOON = 400; // ms: nobody has read a grant by then; it was the last one's second Enter
const page = $("#main").dataset;
let claim, answer, screen, sent, isLost, openedAt;

const say = (text) => { $("#saved").textContent = text; };

// Opening what stands in the slot: a grant, or the empty queue

function open() {
  const work = $("#workspace");
  claim = work ? JSON.parse(work.dataset.claim) : null;
  sent = null;
  isLost = false;
  openedAt = performance.now();
  const { message, undoable } = (work ?? $("#empty")).dataset;
  if (message) toast(message, undoable === undefined ? null : undo);
  if (!claim) return;
  answer = new Answer(claim);
  const kept = draft.load(claim);
  if (kept) Object.assign(answer, { now: kept.now, past: kept.past });
  clock.restart(kept?.seconds);
  screen = new Screen(work, answer, claim);
  if (kept) say("Draft kept");
}

function openNext() {
  open();
  ($("#grant") ?? $("#empty")).focus({ preventScroll: true });
  $("#workspace")?.classList.add("flash");
  scrollTo(0, 0);
}

// Deciding

function changed() {
  screen.paint();
  draft.keep(claim.token, answer, clock.seconds());
  say("Draft kept");
}

function cycle(row, options) {
  answer.cycle(row.closest(".facet").dataset.facet, row.dataset.code);
  changed();
  screen.focus(row, options);
}

function add(category) {
  answer.add(category);
  changed();
  toast(`Added ${category.label}`, undo);
}

function drop(facet, code) {
  answer.drop(facet, code);
  changed();
}

function outcome(value, facet = screen.active()) {
  if (!$(`[data-outcome="${value}"]`, facet)) return;
  answer.setOutcome(facet.dataset.facet, value);
  screen.use(facet);
  changed();
}

// First the changes on the screen, then the grants that were saved.
function undo() {
  if (busy()) return;
  if (claim && answer.undo()) changed();
  else if (!isLost) send("POST", page.undo);
}

// Saving

function save() {
  if (busy() || isLost || performance.now() - openedAt < TOO_SOON) return;
  const facet = answer.unanswered();
  if (facet) return screen.ask(facet);
  say("Saving…");
  send("POST", claim.submit, outgoing());
}

// A retry must be the very same request: then it is stored once, whatever became of the first.
function outgoing() {
  const answers = JSON.stringify(answer.payload());
  const unseen = JSON.stringify([...claim.unseen, ...screen.unseen()]);
  if (sent?.answers !== answers || sent?.unseen !== unseen) {
    const key = sent ? newKey() : claim.key;
    sent = { answers, unseen, key, seconds: clock.seconds(), grant: claim.grant };
  }
  return sent;
}

function putAway() {
  listNotSaved(claim, answer);
  discard();
}

function discard() {
  draft.drop(claim.token);
  $("#notices").replaceChildren();
  send("GET", page.next);
}

// What comes back

document.addEventListener("htmx:afterSwap", ({ detail: { target, requestConfig } }) => {
  if (target.id === "slot") {
    if (claim && requestConfig.path !== page.undo) draft.drop(claim.token);
    openNext();
  }
  if (target.id !== "notices") return;
  if ($("#conflict")) {
    isLost = true;
    showLost(answer);
  } else {
    sent = null;
    claim.key = newKey();
  }
  say("Not saved");
  scrollTo(0, 0);
});
document.addEventListener("toast", (event) => toast(event.detail.text));

// Buttons and fields

const DEEDS = {
  save,
  undo,
  discard,
  "put-away": putAway,
  add: () => typeahead.openTypeahead(),
  tree: () => tree.openTree(),
};

document.addEventListener("click", ({ target }) => {
  const deed = target.closest("[data-do]")?.dataset.do;
  if (deed) return DEEDS[deed]();
  if (!claim || target.closest("dialog")) return;
  const row = target.closest(".sugg");
  const remove = target.closest("[data-remove]");
  const answered = target.closest("[data-outcome]");
  if (target.closest(".box")) cycle(row);
  else if (row) screen.focus(row);
  else if (answered) outcome(answered.dataset.outcome, answered.closest(".facet"));
  else if (remove) {
    const facet = remove.closest(".facet");
    drop(facet.dataset.facet, remove.dataset.remove);
    facet.focus({ preventScroll: true }); // the button is gone, and the focus with it
  }
});

document.addEventListener("focusin", ({ target }) => {
  const facet = claim && target.closest(".facet");
  const row = target.closest(".sugg");
  if (row && row !== screen.focused()) screen.focus(row);
  else if (facet) screen.use(facet);
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
onSkip((reason) => send("POST", claim.skip, { reason, grant: claim.grant }));

// Keys

const KEYS = {
  Enter: save,
  ArrowDown: () => screen.step(1),
  ArrowUp: () => screen.step(-1),
  ArrowRight: () => screen.stepFacet(1),
  ArrowLeft: () => screen.stepFacet(-1),
  " ": () => screen.focused() && cycle(screen.focused(), { keyboard: true }),
  "/": DEEDS.add,
  t: DEEDS.tree,
  s: openSkip,
  n: () => outcome("none_fits"),
  x: () => outcome("not_enough_text"),
  g: () => outcome("general_public"),
};
const KEYS_WITHOUT_GRANT = { u: undo, Backspace: undo, "?": () => $("#help").showModal() };

listenToKeys((key, digit, shift) => {
  if (KEYS_WITHOUT_GRANT[key]) return KEYS_WITHOUT_GRANT[key];
  if (!claim) return null;
  const row = digit && screen.numbered(digit);
  if (row && shift) return () => screen.focus(row, { keyboard: true });
  return row ? () => cycle(row, { keyboard: true }) : KEYS[key];
}, busy);

// An empty queue is looked at every minute, by a page that somebody can see; a claim is kept while
// its annotator is active.
setInterval(() => {
  if (document.hidden) return;
  if (!claim) send("GET", page.next);
  else if (!isLost && clock.isActive()) sendQuietly(claim.renew, { grant: claim.grant });
}, MINUTE);

addEventListener("offline", () => notice("The network is gone. Your work is kept in this browser; save when it is back."));

const answerOf = () => ({
  facets: claim.facets,
  facetInUse: screen.active().dataset.facet,
  facetLabel: (code) => answer.facet(code)?.label ?? code,
  chosen: (code) => answer.chosen(code),
  isChosen: (category) => answer.isChosen(category.facet, category.code),
});
typeahead.setUp({ answerOf, choose: add });
tree.setUp({ answerOf, choose: add, drop: (category) => drop(category.facet, category.code) });

draft.forgetOld();
open();
(window.requestIdleCallback ?? setTimeout)(() => categories().catch(() => {}));
