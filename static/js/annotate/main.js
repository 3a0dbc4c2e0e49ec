// The annotating page: what each key and button does.
import { $, $$, el } from "../dom.js";
import { shut } from "../dialogs.js";
import { Answer } from "./answer.js";
import { categories } from "./categories.js";
import * as clock from "./clock.js";
import * as draft from "./draft.js";
import { Screen } from "./screen.js";
import { busy, newKey, notice, send, sendQuietly } from "./send.js";
import { toast } from "./toast.js";
import * as tree from "./tree.js";
import * as typeahead from "./typeahead.js";

const MINUTE = 60_000;
const TOO_SOON = 400; // ms: nobody has read a grant by then; it was the last one's second Enter
const page = $("#main").dataset;
const keysOn = $("#keys-on");
let claim, answer, screen, sent, isLost, openedAt;

// Opening what stands in the slot: a grant, or the empty queue

function open() {
  const work = $("#workspace");
  claim = work ? JSON.parse(work.dataset.claim) : null;
  sent = null;
  isLost = false;
  openedAt = performance.now();
  const root = work ?? $("#empty");
  if (root.dataset.message) toast(root.dataset.message, "undoable" in root.dataset ? undo : null);
  if (!work) return;
  answer = new Answer(claim);
  const kept = draft.load(claim.token);
  if (kept) Object.assign(answer, { now: kept.now, past: kept.past });
  clock.restart(kept?.seconds);
  screen = new Screen(work, answer, claim);
  if (kept) saved("Draft kept");
}

function opened() {
  open();
  ($("#grant") ?? $("#empty")).focus({ preventScroll: true });
  $("#workspace")?.classList.add("flash");
  scrollTo(0, 0);
}

const saved = (text) => { $("#saved").textContent = text; };

// Deciding

function changed() {
  screen.paint();
  draft.keep(claim.token, answer, clock.seconds());
  saved("Draft kept");
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

function undo() {
  if (busy()) return;
  if (claim && answer.undo()) return changed();
  send("POST", page.undo);
}

// Saving

function save() {
  if (busy() || isLost || performance.now() - openedAt < TOO_SOON) return;
  const facet = answer.unanswered();
  if (facet) {
    screen.complain(facet.code, `${facet.label} needs an answer. Choose a category, or say that none fits or that the text does not say enough.`);
    screen.use(screen.facet(facet.code));
    screen.facet(facet.code).focus();
    return;
  }
  saved("Saving…");
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

function skip(event) {
  event.preventDefault();
  const reason = $("#skip :checked").value;
  shut($("#skip"));
  send("POST", claim.skip, { reason, grant: claim.grant });
}

// A lost claim: the work stays on the screen until its owner says what becomes of it

function lose() {
  isLost = true;
  const { ticked, rejected, added } = answer.counts();
  $("[data-kept]").textContent = `Your work is kept here: ${ticked} ticked, ${rejected} rejected, ${added} added.`;
  const button = $("[data-do=save]");
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Save needs a claim";
  saved("Not saved");
  scrollTo(0, 0);
}

function putAway() {
  const lines = claim.facets.map(({ code, label }) => {
    const labels = answer.chosen(code).map((c) => c.label);
    return labels.length ? `${label}: ${labels.join(", ")}. ` : "";
  });
  const text = lines.join("") || "nothing was chosen.";
  const close = el("button", { type: "button", className: "btn btn-s", textContent: "Close this list" });
  const box = el("div", { className: "notice warn" }, el("p", {}, el("b", { textContent: "Not saved for " }), el("bdi", { textContent: claim.grant }), ` – ${text}`), el("div", { className: "row" }, close));
  close.addEventListener("click", () => box.remove());
  $("#kept").append(box);
  discard();
}

function discard() {
  draft.drop(claim.token);
  $("#notices").replaceChildren();
  send("GET", page.next);
}

// Buttons

const DEEDS = {
  save, undo, discard,
  add: () => typeahead.openTypeahead(),
  tree: () => tree.openTree(),
  "put-away": putAway,
};

document.addEventListener("click", (event) => {
  const deed = event.target.closest("[data-do]")?.dataset.do;
  if (deed) return DEEDS[deed]();
  if (!claim || event.target.closest("dialog")) return;
  const row = event.target.closest(".sugg");
  const button = event.target.closest("[data-outcome], [data-remove]");
  if (event.target.closest(".box")) cycle(row);
  else if (row) screen.focus(row);
  else if (button?.dataset.remove) drop(button.dataset.facet, button.dataset.remove);
  else if (button) outcome(button.dataset.outcome, button.closest(".facet"));
});

document.addEventListener("focusin", (event) => {
  const facet = claim && event.target.closest(".facet");
  const row = event.target.closest(".sugg");
  if (row && !row.classList.contains("focus")) screen.focus(row);
  else if (facet) screen.use(facet);
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.more") && event.target.open) event.target.dataset.seen = "yes";
}, true);

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-opens-add]")) return;
  const text = event.target.value;
  event.target.value = "";
  event.target.blur(); // so that the dialog gives the focus back to the page, where keys are deeds
  typeahead.openTypeahead(text);
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "decide") event.preventDefault();
});
$("#skip form").addEventListener("submit", skip);
$("#skip").addEventListener("keydown", (event) => {
  const choice = /^[1-9]$/.test(event.key) && $$("#skip [name=reason]")[Number(event.key) - 1];
  if (!choice) return;
  choice.checked = true;
  choice.focus();
  event.preventDefault();
});

// Keys

const KEYS = {
  ArrowDown: () => screen.step(1),
  ArrowUp: () => screen.step(-1),
  ArrowRight: () => screen.stepFacet(1),
  ArrowLeft: () => screen.stepFacet(-1),
  " ": () => screen.focused() && cycle(screen.focused(), { keyboard: true }),
  Enter: save,
  Backspace: undo,
  u: undo,
  "/": DEEDS.add,
  t: DEEDS.tree,
  s: () => $("#skip").showModal(),
  n: () => outcome("none_fits"),
  x: () => outcome("not_enough_text"),
  g: () => outcome("general_public"),
  "?": () => $("#help").showModal(),
};
const MAY_REPEAT = new Set(["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"]);
const WITHOUT_GRANT = new Set(["u", "Backspace", "?"]);

function byDigit(event) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  const row = digit && screen.numbered(digit);
  if (!row) return null;
  return () => (event.shiftKey ? screen.focus(row, { keyboard: true }) : cycle(row, { keyboard: true }));
}

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.closest("dialog") || target.matches("input, textarea, select")) return;
  const isNative = target.closest("a, summary, button:not(.box):not(.name)");
  if ((key === "Enter" || key === " ") && isNative) return; // a button in focus keeps its own keys
  const isSingle = key.length === 1 && key !== " ";
  if (isSingle && !keysOn.checked) return;
  const deed = (claim && byDigit(event)) || ((claim || WITHOUT_GRANT.has(key)) && KEYS[key]);
  if (!deed) return;
  event.preventDefault();
  if (busy() || (event.repeat && !MAY_REPEAT.has(key))) return;
  deed();
});

try { keysOn.checked = localStorage.getItem("single-keys") !== "off"; } catch { /* storage may be refused */ }
keysOn.addEventListener("change", () => {
  try { localStorage.setItem("single-keys", keysOn.checked ? "on" : "off"); } catch { /* until the page closes */ }
});

// What comes back

document.addEventListener("htmx:afterSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (target.id === "slot") {
    if (claim && requestConfig.path !== page.undo) draft.drop(claim.token);
    opened();
  }
  if ($("#conflict") && target.id === "notices") lose();
  if ($("#problem") && target.id === "notices") {
    sent = null;
    claim.key = newKey();
    saved("Not saved");
    scrollTo(0, 0);
  }
});
document.addEventListener("toast", (event) => toast(event.detail.text));

// An empty queue is looked at every minute, by a page that somebody can see; a claim is kept while
// its annotator is active.
setInterval(() => {
  if (document.hidden) return;
  if (!claim) send("GET", page.next);
  else if (!isLost && clock.isActive()) sendQuietly(claim.renew, { grant: claim.grant });
}, MINUTE);

addEventListener("offline", () => notice("The network is gone. Your work is kept in this browser; save when it is back."));
addEventListener("online", () => $("#problem")?.remove());

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
