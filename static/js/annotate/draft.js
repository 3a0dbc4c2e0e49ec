// Unsaved work, kept in this browser under its claim, until it is saved or a week old.
const PREFIX = "draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const STEPS = 20;

// Storage may be refused or full: then there is no draft, and nothing else suffers.
const attempt = (deed) => {
  try { return deed(); } catch { return null; }
};

export const keep = (token, annotation, seconds) => keepWork(
  token, { ...annotation.kept(), past: annotation.past.slice(-STEPS), seconds },
);

export const keepWork = (token, work) => attempt(() => {
  localStorage.setItem(PREFIX + token, JSON.stringify({ ...work, at: Date.now() }));
  return true;
});

export const load = (token) => attempt(() => JSON.parse(localStorage.getItem(PREFIX + token)));
export const drop = (token) => attempt(() => localStorage.removeItem(PREFIX + token));

export const forgetOld = () => attempt(() => {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    if (!(Date.now() - JSON.parse(localStorage.getItem(key)).at < WEEK)) localStorage.removeItem(key);
  }
});
