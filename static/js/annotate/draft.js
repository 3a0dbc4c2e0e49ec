// Unsaved work, kept in this browser under its person and grant, until it is saved or too old:
// a claim may be lost and come anew, the work stays. What changes a stored annotation has its own.
import { $ } from "../dom.js";

const PREFIX = "draft:";
const person = $("#main").dataset.person;
const WEEK = 7 * 24 * 3600 * 1000;
const QUARTER = 13 * WEEK; // for what was put aside on purpose
const STEPS = 20;

// Storage may be refused or full: then there is no draft, and nothing else suffers.
const attempt = (deed) => {
  try { return deed(); } catch { return null; }
};

const nameOf = ({ grant, changes }) => [PREFIX, person, changes ?? "", grant].join(":");

export const keep = (claim, annotation, seconds) => keepWork(
  claim, { ...annotation.kept(), past: annotation.past.slice(-STEPS), seconds },
);

export const keepWork = (claim, work) => attempt(() => {
  localStorage.setItem(nameOf(claim), JSON.stringify({ ...work, at: Date.now() }));
  return true;
});

// Put aside with its grant; where nothing was decided there is nothing to keep.
export const lay = (claim, work) => load(claim) && keepWork(claim, { ...work, isLaid: true });

export const load = (claim) => attempt(() => JSON.parse(localStorage.getItem(nameOf(claim))));
export const drop = (claim) => attempt(() => localStorage.removeItem(nameOf(claim)));

export const forgetOld = () => attempt(() => {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const { at, isLaid } = JSON.parse(localStorage.getItem(key));
    if (!(Date.now() - at < (isLaid ? QUARTER : WEEK))) localStorage.removeItem(key);
  }
});
