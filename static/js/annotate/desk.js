// What lies before the annotator: the claim, the annotation in the making, and its screen.
import { $ } from "../dom.js";
import { Annotation } from "./annotation.js";
import * as clock from "./clock.js";
import * as draft from "./draft.js";
import { paintKeys } from "./keys.js";
import { parse } from "./net.js";
import { Screen } from "./screen.js";

export const desk = { claim: null, annotation: null, screen: null, html: "", isLost: false, openedAt: 0 };

export const say = (text) => { $("#saved").textContent = text; };

// Open what stands in the slot: a grant, or the empty queue.
export function open(html = new XMLSerializer().serializeToString($("#slot"))) {
  const work = $("#workspace");
  const claim = work ? JSON.parse(work.dataset.claim) : null;
  // As it came, to be opened again later; what was decided is in the draft.
  desk.html = html;
  Object.assign(desk, { claim, isLost: false, openedAt: performance.now() });
  $("[data-reference]").textContent = claim?.grant ?? "";
  paintKeys();
  if (!claim) return;
  desk.annotation = new Annotation(claim);
  desk.start = JSON.stringify(desk.annotation.payload());
  const kept = draft.load(claim);
  if (kept) desk.annotation.restore(kept);
  clock.restart(kept?.seconds);
  desk.screen = new Screen(work, desk.annotation, claim);
  say(kept ? "Draft kept" : "All saved");
}

// What is changed after the fact is held by no claim that a reload would open again: it stands in
// the address. Anything else does not.
export function nameInAddress(changes) {
  history.replaceState(null, "", changes ? `?change=${changes}` : location.pathname);
}

// Put a grant, or the empty queue, in the place of what was there.
export function show(html) {
  const { title, slot, progress } = parse(html);
  if (!slot.length) return location.reload(); // the site has neither taxonomy nor grants
  document.title = title;
  $("#slot").replaceChildren(...slot);
  if (progress) showProgress(progress, html);
  open(html);
  nameInAddress(desk.claim?.changes);
  ($("#grant") ?? $("#empty")).focus({ preventScroll: true });
  $("#workspace")?.classList.add("flash");
  scrollTo(0, 0);
}

// The figures of a page fetched ahead are older than those that stand here.
let newest = "";
export function showProgress(progress, html, isFresh = false) {
  if (html === newest || !(isFresh || !$("#workspace"))) return;
  newest = html;
  $("#progress").replaceWith(progress);
}

// Every change is painted, and kept as a draft.
export function changed() {
  desk.screen.paint();
  draft.keep(desk.claim, desk.annotation, clock.seconds());
  say("Draft kept");
}

export const isUnchanged = () => desk.start === JSON.stringify(desk.annotation.payload());
