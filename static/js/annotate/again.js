// A grant opened again: to undo what was done with it, or because its claim was lost.
import { $ } from "../dom.js";
import * as ahead from "./ahead.js";
import { desk, show } from "./desk.js";
import * as draft from "./draft.js";
import { inWords, parse, post } from "./net.js";
import * as notices from "./notices.js";
import { busy, fill, hold, release } from "./onward.js";
import * as outbox from "./outbox.js";
import { toast } from "./toast.js";

const NEVER_OPEN = 2; // kept ahead while one more claim is asked for: four are allowed
const page = $("#main").dataset;
// What was on the screen, by token, to be opened again without the network.
export const pages = new Map();
// The server's names of deeds, by key.
export const deeds = new Map();

// Undo: first the changes on the screen, then what waits in the outbox, then what was stored.

export async function undo() {
  if (busy()) return;
  if (desk.claim && desk.annotation.undo()) return desk.change();
  const last = outbox.pending().at(-1);
  const entry = last && pages.has(last.token) && outbox.takeBack(last.key);
  if (entry) return openAgain(entry);
  await takeBack({ besides: desk.claim?.revises ?? "" });
}

export async function undoDeed(key) {
  if (busy()) return;
  const entry = outbox.takeBack(key);
  if (entry) return openAgain(entry);
  hold("Undoing…");
  await outbox.flush();
  release();
  if (deeds.has(key)) await takeBack({ deed: deeds.get(key) });
}

function openAgain({ token, work }) {
  setAside();
  draft.keepWork(token, work);
  show(pages.get(token));
  fill();
}

export async function takeBack(values) {
  hold("Undoing…");
  await outbox.flush();
  const reply = await post(page.undo, { ...values, give_back: ahead.giveUp(NEVER_OPEN) });
  release();
  if (reply.status !== 200) return toast(inWords(reply));
  reopen(reply.text);
  toast(`Reopened ${desk.claim.grant}`);
}

function reopen(html) {
  setAside();
  draft.drop(parse(html).claim.token); // older than what the server has
  show(html);
  if (desk.claim) ahead.leaveOut(desk.claim.token);
}

// What lay on the desk comes next, with its draft.
function setAside() {
  if (desk.claim && !desk.isLost && !desk.claim.revises) ahead.putFirst(desk.claim.token, desk.html);
}

// The very grant again, with the work that was done on it.
export async function openLost(path, work, box) {
  if (busy()) return;
  hold("Opening it again…");
  const reply = await post(path, { give_back: ahead.giveUp(NEVER_OPEN) });
  release();
  if (reply.status !== 200) return box ? notices.addLine(box, inWords(reply)) : toast(inWords(reply));
  setAside();
  if (work) draft.keepWork(parse(reply.text).claim.token, work);
  show(reply.text);
  box?.remove();
  fill();
}
