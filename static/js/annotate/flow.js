// From one grant to the next: saving, skipping, undoing, and what becomes of work that was refused.
import { $ } from "../dom.js";
import * as ahead from "./ahead.js";
import * as clock from "./clock.js";
import { desk, say, show, showProgress, isUnchanged, nameInAddress } from "./desk.js";
import * as draft from "./draft.js";
import { inWords, newKey, parse, post } from "./net.js";
import * as notices from "./notices.js";
import * as outbox from "./outbox.js";
import { toast } from "./toast.js";

const TOO_SOON = 400; // ms: nobody has read a grant by then; it was the last one's second Enter
const NEVER_OPEN = 2; // kept ahead while one more claim is asked for: four are allowed
const UNKNOWN = "The server may have it already. It can be undone once the connection is back.";
const page = $("#main").dataset;
const pages = new Map(); // what was on the screen, by token, to be opened again without the network
const deeds = new Map(); // the server's names of deeds, by key
const asked = /^annotation-(\d+)$/.exec(new URLSearchParams(location.search).get("change"))?.[1];
let revealed = []; // suggestions of what was decided blind and left the desk before it was stored
let undoKey = null; // of an undo whose reply was lost
let isBusy = false;
let isWaiting = false;

export const busy = () => isBusy || isWaiting;
const present = () => desk.claim && !desk.claim.changes && desk.claim.token;
const fill = () => ahead.fill(present);

// Saving

export function save() {
  if (busy() || !desk.claim || desk.isLost || performance.now() - desk.openedAt < TOO_SOON) return;
  const facet = desk.annotation.unsaid();
  if (facet) return desk.screen.ask(facet);
  performance.mark("save");
  const { claim } = desk;
  if (claim.stands && isUnchanged()) return leave(); // it is stored so
  const values = {
    answers: JSON.stringify(desk.annotation.payload()),
    unseen: JSON.stringify([...claim.unseen, ...desk.screen.unseen()]),
    key: claim.key,
    seconds: clock.seconds(),
    grant: claim.grant,
  };
  give({ key: claim.key, path: claim.submit, values, said: `Saved ${claim.grant}`, isAnnotation: true });
}

export function skip(reason, said) {
  if (busy() || !desk.claim?.skip || desk.isLost) return;
  const { claim } = desk;
  give({ key: newKey(), path: claim.skip, values: { reason, grant: claim.grant }, said });
}

// Into the outbox, and on to the next grant at once. Only a blind one waits for what is revealed.
function give(entry) {
  const { claim, annotation, html } = desk;
  const work = { ...annotation.kept(), seconds: clock.seconds() };
  outbox.put({
    ...entry, token: claim.token, grant: claim.grant, open: claim.open, isBlind: claim.isBlind,
    work, words: annotation.inWords(),
  });
  pages.set(claim.token, html);
  undoKey = null;
  nameInAddress(null);
  // What is passed on may come back: parked, to be opened again, or the skip undone.
  if (entry.isAnnotation) draft.drop(claim);
  else draft.lay(claim, work);
  if (claim.isBlind && entry.isAnnotation) waitForReveal(entry);
  else {
    leave();
    toast(entry.said, () => undoDeed(entry.key));
    outbox.flush();
  }
}

async function waitForReveal({ key, said }) {
  hold("Saving…");
  await outbox.flush();
  release();
  // Unsent or without suggestions, one goes on.
  if (showRevealed()) return performance.clearMarks("save");
  await leave();
  toast(said, () => undoDeed(key));
}

// Nobody has seen suggestions before they stand on the screen.
function showRevealed() {
  if (!revealed.length) return false;
  show(revealed.shift());
  return true;
}

// On to the next grant: from those fetched ahead, else from the server.
export async function leave() {
  notices.clear();
  if (showRevealed()) return painted();
  const next = ahead.take();
  if (!next) return fetchNext();
  show(next.html);
  painted();
  tellOutbox();
  desk.claim.isShort = true;
  await holdOn();
}

// What came ahead is held for minutes; open, it is held as long as any other.
async function holdOn() {
  const { claim } = desk;
  const { status } = await post(claim.renew, { grant: claim.grant });
  if (status === 204) claim.isShort = false;
  if (desk.claim !== claim) return;
  if (status === 204) fill();
  else if (status === 409 && !desk.annotation.past.length) await leave();
}

async function fetchNext() {
  hold("Opening the next grant…");
  const unsent = outbox.pending().length;
  if (unsent) await outbox.flush();
  if (revealed.length) {
    release();
    return showRevealed();
  }
  const besides = outbox.pending().map(({ token }) => token).join(",");
  const reply = await post(page.next, { besides });
  release();
  if (reply.status === 200) {
    show(reply.text);
    painted();
    if (desk.claim) {
      ahead.leaveOut(desk.claim.token);
      fill();
    }
    return;
  }
  if (reply.status === 204) return location.reload();
  isWaiting = true;
  notices.tell(`${inWords(reply)} Your work is kept here. The next grant opens when the connection is back.`);
  setTimeout(() => { isWaiting = false; fetchNext(); }, 3_000);
}

function painted() {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (performance.getEntriesByName("save").length) performance.measure("save to painted", "save");
    performance.clearMarks("save");
  }));
}

function hold(text) {
  isBusy = true;
  say(text);
  $("#workspace")?.setAttribute("aria-busy", "true");
}

function release() {
  isBusy = false;
  $("#workspace")?.removeAttribute("aria-busy");
  say(desk.claim ? "All saved" : "");
}

function tellOutbox() {
  const n = outbox.pending().length;
  if (n > 1 || (n && !navigator.onLine)) say(`${n} kept here until they are sent`);
}

// Undo: first the changes on the screen, then what waits in the outbox, then what was stored.

export async function undo() {
  if (busy()) return;
  if (desk.claim && desk.annotation.undo()) return desk.change();
  const last = outbox.pending().at(-1);
  const entry = last && pages.has(last.token) && outbox.takeBack(last.key);
  if (entry) return openAgain(entry);
  await takeBack({ besides: desk.claim?.changes ?? "" });
}

async function undoDeed(key) {
  if (busy()) return;
  const entry = outbox.takeBack(key);
  if (entry) return openAgain(entry);
  hold("Undoing…");
  await outbox.flush();
  release();
  if (deeds.has(key)) await takeBack({ deed: deeds.get(key) });
  else if (outbox.pending().length) toast(UNKNOWN);
}

function openAgain({ token, work }) {
  setAside();
  draft.keepWork(parse(pages.get(token)).claim, work);
  show(pages.get(token));
  fill();
}

async function takeBack(values) {
  hold("Undoing…");
  await outbox.flush();
  // What is sent later would be newer than the undo, and may be the very thing to be undone.
  if (outbox.pending().length) {
    release();
    return toast(UNKNOWN);
  }
  // Asked again under the same key, the server takes back nothing more than it has.
  undoKey ??= newKey();
  const spare = ahead.beyond(NEVER_OPEN);
  const reply = await post(page.undo, { ...values, key: undoKey, give_back: spare });
  if (reply.status && reply.status < 500) undoKey = null;
  release();
  if (reply.status !== 200) return toast(inWords(reply));
  ahead.giveUp(spare);
  reopen(reply.text);
  toast(`Reopened ${desk.claim.grant}`);
}

function reopen(html) {
  setAside();
  const { claim } = parse(html);
  if (claim.isFilled) draft.drop(claim); // older than what the server has
  revealed = revealed.filter((other) => parse(other).claim.token !== claim.token);
  show(html);
  if (desk.claim) ahead.leaveOut(desk.claim.token);
}

// What lay on the desk comes next, with its draft.
function setAside() {
  if (present() && !desk.isLost) ahead.putFirst(desk.claim.token, desk.html);
}

// What came back for something that was sent

export function sent({ key, token }, reply) {
  notices.clear();
  const { progress, claim } = parse(reply.text);
  if (progress) {
    if (progress.dataset.deed) deeds.set(key, progress.dataset.deed);
    showProgress(progress, reply.text, true);
  }
  pages.delete(token);
  if (claim?.changes) revealed.push(reply.text);
  if (!desk.claim && !busy()) showRevealed();
  if (!outbox.pending().length) {
    if (busy()) return; // whoever waits goes on with the next grant
    say(desk.claim ? "All saved" : "");
    if (desk.claim?.isShort) holdOn();
    else fill();
  }
}

export function waiting(entries, reply) {
  const what = reply.status === 401 ? "Sign in again" : reply.status === 403 ? "Reload it" : "";
  const kept = `${entries.length === 1 ? "One grant is" : `${entries.length} grants are`} kept in this browser`;
  notices.tell(`${inWords(reply)} ${what ? `${what}; ` : ""}${kept} and sent when that is possible.`);
  if ([401, 403].includes(reply.status)) notices.addLink(what, location.pathname);
  say(`${entries.length} not sent yet`);
}

export function refused(entry, reply) {
  pages.delete(entry.token);
  if (!entry.isAnnotation) return toast(`${entry.grant} was not skipped. ${inWords(reply)}`);
  const showIt = reply.status === 409 ? notices.showLost : notices.showRefused;
  showIt({
    grant: entry.grant, why: inWords(reply), words: entry.words, again: (box) => openLost(entry.open, entry.work, box),
  });
  say("Not saved");
}

// The very grant again, with the work that was done on it.
export async function openLost(path, work, box) {
  if (busy()) return;
  hold("Opening it again…");
  const spare = ahead.beyond(NEVER_OPEN);
  const reply = await post(path, { give_back: spare });
  release();
  if (reply.status === 200) ahead.giveUp(spare);
  else return box ? notices.addLine(box, inWords(reply)) : toast(inWords(reply));
  setAside();
  if (work) draft.keepWork(parse(reply.text).claim, work);
  show(reply.text);
  box?.remove();
  fill();
}

// The claim on the grant before one's eyes is gone.
export function taken(why) {
  if (desk.isLost) return;
  desk.isLost = true;
  const { claim, annotation } = desk;
  const button = $("[data-do=save]");
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Save needs a claim";
  say("Not saved");
  const goOn = () => { draft.drop(claim); leave(); };
  notices.showTaken({
    grant: claim.grant, why, words: annotation.inWords(), goOn, discard: goOn,
    again: (box) => openLost(claim.open, { ...annotation.kept(), seconds: clock.seconds() }, box),
  });
}

// On arriving: what an earlier visit could not send goes first.
export async function arrive() {
  const isSent = present() && outbox.holds(present());
  if (isSent || outbox.pending().length) {
    if (isSent) hold("Sending what was kept here…");
    await outbox.flush();
    if (isSent) {
      release();
      await fetchNext();
    }
  }
  if (desk.claim && !busy()) fill();
  if (asked) await change(asked);
}

// "Change" on the page of one's own work, or a reload of what it opened. What is stored stands until
// another annotation is saved; a draft of that one is kept like any other.
async function change(pk) {
  if (busy()) return;
  hold("Opening it again…");
  const reply = await post(page.change.replace("/0/", `/${pk}/`));
  release();
  if (reply.status !== 200) {
    if (reply.status === 409) nameInAddress(null);
    return toast(inWords(reply));
  }
  setAside();
  show(reply.text);
}

export async function renew() {
  if (!desk.claim?.renew || desk.isLost) return;
  const { token, renew: path, grant } = desk.claim;
  const reply = await post(path, { grant });
  if (reply.status === 409 && desk.claim?.token === token) taken(reply.text);
  ahead.renewAll();
}
