// Saving and skipping, and what comes back for what was sent.
import { $, whenPainted } from "../dom.js";
import { beginAnother, change, deeds, openLost, pages, undoDeed } from "./again.js";
import * as ahead from "./ahead.js";
import * as clock from "./clock.js";
import { desk, isUnchanged, nameInAddress, say, show, showProgress } from "./desk.js";
import * as draft from "./draft.js";
import { inWords, newKey, parse, post } from "./net.js";
import * as notes from "./notes.js";
import * as notices from "./notices.js";
import {
  busy, fetchNext, fill, hold, holdOn, keepRevealed, leave, present, release, showRevealed,
} from "./onward.js";
import * as outbox from "./outbox.js";
import { quiet, toast } from "./toast.js";

const TOO_SOON = 400; // ms: nobody has read a grant by then; it was the last one's second Enter
const asked = /^annotation-(\d+)$/.exec(new URLSearchParams(location.search).get("change"))?.[1];

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
    ...(claim.replaces && { replaces: claim.replaces }),
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
  beginAnother();
  quiet();
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

// What came back for something that was sent

export function sent(entry, reply) {
  notices.clear();
  if (entry.isComment) notes.stored(entry, reply);
  else arrived(entry, reply);
  if (!outbox.pending().length) {
    if (busy()) return; // whoever waits goes on with the next grant
    say(desk.claim ? "All saved" : "");
    if (desk.claim?.isShort) holdOn();
    else fill();
  }
}

function arrived({ key, token }, reply) {
  const { progress, claim } = parse(reply.text);
  if (progress) {
    if (progress.dataset.deed) deeds.set(key, progress.dataset.deed);
    showProgress(progress, reply.text, true);
  }
  pages.delete(token);
  if (claim?.changes) keepRevealed(reply.text);
  if (!desk.claim && !busy()) showRevealed();
}

export function waiting(entries, reply) {
  const what = reply.status === 401 ? "Sign in again" : reply.status === 403 ? "Reload it" : "";
  const isOne = entries.length === 1;
  const thing = entries.every(({ isComment }) => isComment) ? "comment" : entries.some(({ isComment }) => isComment) ? "thing" : "grant";
  const kept = `${isOne ? `One ${thing} is` : `${entries.length} ${thing}s are`} kept in this browser`;
  notices.tell(`${inWords(reply)} ${what ? `${what}; ` : ""}${kept} and sent when that is possible.`);
  if ([401, 403].includes(reply.status)) notices.addLink(what, location.pathname);
  say(`${entries.length} not sent yet`);
}

export function refused(entry, reply) {
  if (entry.isComment) return notes.refused(entry, reply);
  pages.delete(entry.token);
  if (!entry.isAnnotation) return toast(`${entry.grant} was not skipped. ${inWords(reply)}`);
  const showIt = reply.status === 409 && !entry.values.replaces ? notices.showLost : notices.showRefused;
  showIt({
    grant: entry.grant, why: inWords(reply), words: entry.words, again: (box) => openLost(entry.open, entry.work, box),
  });
  say("Not saved");
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
  whenPainted(() => { if (desk.claim && !busy()) fill(); });
  if (asked) await change(asked);
}

export async function renew() {
  if (!desk.claim?.renew || desk.isLost) return;
  const { token, renew: path, grant } = desk.claim;
  const reply = await post(path, { grant });
  if (reply.status === 409 && desk.claim?.token === token) taken(reply.text);
  ahead.renewAll();
}
