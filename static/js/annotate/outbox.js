// What was saved here, an annotation, a skip or a comment, and is not yet at the server. It survives a reload, a dead network and a
// restart of the server; each entry keeps its key, so that it is stored once however often it is sent.
import { $ } from "../dom.js";
import { post } from "./net.js";

const PREFIX = "outbox:";
const SENT = "sent"; // tokens of this tab, never valid again: what is undone is claimed anew
const LATELY = 10;
const LATER = [1, 2, 4, 8, 15, 30]; // seconds
const GIVEN_UP = new Set([401, 403]); // only the person at the screen can mend these
const UNREAD = new Set([401, 403, 429]); // the server looked no further than who sent it
const person = $("#main").dataset.person;
const entries = read();
let on = {};
let sending = null;
let inFlight = null;
let failures = 0;
let timer;

// Called once: `sent(entry, reply)`, `refused(entry, reply)`, `waiting(entries, reply)`.
export function setUp(handlers) {
  on = handlers;
}

export const pending = () => [...entries];
// Whether it was saved here, be it unsent or sent a moment ago: a page that is reloaded while the
// server stores a grant may come with that very grant.
export const holds = (token) => entries.some((entry) => entry.token === token) || lately().includes(token);

export function put(entry) {
  entries.push({ ...entry, person, at: Date.now() });
  write(entries.at(-1));
}

// Out of the box again, as long as it cannot have arrived: what may be stored is undone where it is.
export function takeBack(key) {
  const entry = entries.find((e) => e.key === key);
  if (!entry || entry === inFlight || entry.mayBeStored) return null;
  remove(entry);
  return entry;
}

// Whether it is being tried without a network: it cannot arrive, and the try ends at once.
export const isInVain = (key) => inFlight?.key === key && !inFlight.mayBeStored;

// Send what is there, oldest first; the promise is kept once nothing more can be sent now.
export function flush() {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll() {
  clearTimeout(timer);
  while (entries.length) {
    const entry = entries[0];
    inFlight = entry;
    const { mayBeStored } = entry;
    note(entry, mayBeStored || navigator.onLine); // before it leaves: a reload may come in between
    const reply = await post(entry.path, entry.values, { outlives: true });
    inFlight = null;
    if (UNREAD.has(reply.status)) note(entry, mayBeStored);
    if (reply.status === 200) {
      failures = 0;
      if (entry.token) noteSent(entry.token);
      remove(entry);
      on.sent(entry, reply);
    } else if ([0, 401, 403, 408, 429].includes(reply.status) || reply.status >= 500) {
      on.waiting(entries, reply);
      if (GIVEN_UP.has(reply.status)) return;
      const seconds = Math.max(reply.seconds || 0, LATER[Math.min(failures, LATER.length - 1)]);
      failures += 1;
      timer = setTimeout(flush, seconds * 1000);
      return;
    } else {
      remove(entry);
      on.refused(entry, reply);
    }
  }
}

function note(entry, mayBeStored) {
  if (Boolean(entry.mayBeStored) === Boolean(mayBeStored)) return;
  entry.mayBeStored = mayBeStored;
  write(entry);
}

function remove(entry) {
  const at = entries.indexOf(entry);
  if (at >= 0) entries.splice(at, 1);
  try { localStorage.removeItem(PREFIX + entry.key); } catch { /* it was never there */ }
}

function lately() {
  try { return JSON.parse(sessionStorage.getItem(SENT)) ?? []; } catch { return []; }
}

function noteSent(token) {
  const tokens = JSON.stringify([...lately(), token].slice(-LATELY));
  try { sessionStorage.setItem(SENT, tokens); } catch { /* a reload in that moment shows it again */ }
}

// Storage may be refused or full: then the box lives as long as the page.
function write(entry) {
  try { localStorage.setItem(PREFIX + entry.key, JSON.stringify(entry)); } catch { /* as said */ }
}

// Only one's own: somebody else may have worked in this browser.
function read() {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => JSON.parse(localStorage.getItem(name)))
      .filter((entry) => entry.person === person)
      .sort((a, b) => a.at - b.at);
  } catch {
    return [];
  }
}

addEventListener("online", () => { if (entries.length) flush(); });
