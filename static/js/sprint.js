// A sprint by keyboard: each deed's button names its key, and the time on a grant goes along.
import { $, $$ } from "./dom.js";

const IDLE = 60_000; // a minute without a sign of life is not work
let active = 0;
let last = performance.now();

function tick() {
  const now = performance.now();
  if (!document.hidden) active += Math.min(now - last, IDLE);
  last = now;
}
for (const sign of ["keydown", "pointermove", "scroll"]) document.addEventListener(sign, tick, { passive: true });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  const deed = $$("[data-key]").find((element) => element.dataset.key === event.key);
  if (!deed) return;
  event.preventDefault();
  deed.click();
});

document.addEventListener("htmx:configRequest", (event) => {
  tick();
  if (event.detail.parameters.has?.("seconds")) event.detail.parameters.set("seconds", Math.round(active / 1000));
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "sprint") return;
  active = 0;
  last = performance.now();
  // Read on from the new grant's title; a screen reader says it.
  $("#sprint-title")?.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
});
