// Unsaved work, kept in this browser under its claim, until it is saved or a week old.
const PREFIX = "draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const STEPS = 20;

// Storage may be refused or full: then there is no draft, and nothing else suffers.
const attempt = (deed) => {
  try { return deed(); } catch { return null; }
};

export const keep = (token, { now, past }, seconds) => attempt(() => {
  const draft = { now, past: past.slice(-STEPS), seconds, at: Date.now() };
  localStorage.setItem(PREFIX + token, JSON.stringify(draft));
  return true;
});

// A draft of the same facets and suggestions: the taxonomy may have changed since.
export const load = ({ token, facets }) => attempt(() => {
  const draft = JSON.parse(localStorage.getItem(PREFIX + token));
  const fits = facets.every(({ code, rows }) => rows.every((row) => row.code in draft.now[code].verdicts));
  return fits ? draft : null;
});

export const drop = (token) => attempt(() => localStorage.removeItem(PREFIX + token));

export const forgetOld = () => attempt(() => {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    if (!(Date.now() - JSON.parse(localStorage.getItem(key)).at < WEEK)) localStorage.removeItem(key);
  }
});
