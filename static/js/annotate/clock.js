// Active time: a pause counts for a minute at most, for nobody reads a grant longer without a move.
const LONGEST_PAUSE = 60_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart"];

let active = 0;
let last = performance.now();

function touch() {
  const now = performance.now();
  active += Math.min(now - last, LONGEST_PAUSE);
  last = now;
}

for (const sign of SIGNS) addEventListener(sign, touch, { passive: true, capture: true });

export function restart(seconds = 0) {
  active = seconds * 1000;
  last = performance.now();
}

export function seconds() {
  touch();
  return Math.round(active / 1000);
}

export const isActive = () => performance.now() - last < LONGEST_PAUSE;
