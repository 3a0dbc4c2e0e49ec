// A grant opened again: to undo what was done with it, or because its claim was lost.
import { $ } from "../dom.js";
import * as ahead from "./ahead.js";
import { desk, nameInAddress, show } from "./desk.js";
import * as draft from "./draft.js";
import { inWords, newKey, parse, post } from "./net.js";
import * as notices from "./notices.js";
import { busy, dropRevealed, fill, hold, idle, present, release } from "./onward.js";
import * as outbox from "./outbox.js";
import { toast } from "./toast.js";

const NEVER_OPEN = 2; // kept ahead while one more claim is asked for: four are allowed
const UNKNOWN = "The server may have it already. It can be undone once the connection is back.";
const page = $("#main").dataset;
let undoKey = null; // of an undo whose reply was lost
// What was on the screen, by token, to be opened again without the network.
export const pages = new Map();
// The server's names of deeds, by key.
export const deeds = new Map();

// What is done next is another thing to undo.
export const beginAnother = () => { undoKey = null; };

// Undo: first the changes on the screen, then what waits in the outbox, then what was stored.

export async function undo() {
  if (busy()) return;
  if (desk.claim && desk.annotation.undo()) return desk.change();
  const last = outbox.pending().findLast(({ isComment }) => !isComment);
  const entry = last && pages.has(last.token) && await takeOut(last.key);
  if (entry) return openAgain(entry);
  await takeBack({ besides: desk.claim?.changes ?? "" });
}

export async function undoDeed(key) {
  if (busy()) return;
  const entry = await takeOut(key);
  if (entry) return openAgain(entry);
  hold("Undoing…");
  await outbox.flush();
  release();
  if (deeds.has(key)) await takeBack({ deed: deeds.get(key) });
  else if (outbox.pending().length) toast(UNKNOWN);
}

async function takeOut(key) {
  if (outbox.isInVain(key)) {
    hold("Undoing…");
    await outbox.flush();
    release();
  }
  return outbox.takeBack(key);
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
  dropRevealed(claim.token);
  show(html);
  if (desk.claim) ahead.leaveOut(desk.claim.token);
}

// What lay on the desk comes next, with its draft.
function setAside() {
  if (present() && !desk.isLost) ahead.putFirst(desk.claim.token, desk.html);
}

let isOpening = false;

// The very grant again, with the work that was done on it. Asked for with the mouse, and so not lost
// to something else that is under way.
export async function openLost(path, work, box) {
  if (isOpening) return;
  isOpening = true;
  await idle();
  hold("Opening it again…");
  const spare = ahead.beyond(NEVER_OPEN);
  const reply = await post(path, { give_back: spare });
  release();
  isOpening = false;
  if (reply.status === 200) ahead.giveUp(spare);
  else return box ? notices.addLine(box, inWords(reply)) : toast(inWords(reply));
  setAside();
  if (work) draft.keepWork(parse(reply.text).claim, work);
  show(reply.text);
  box?.remove();
  fill();
}

// "Change" on the page of one's own work, or a reload of what it opened. What is stored stands until
// another annotation is saved; a draft of that one is kept like any other.
export async function change(pk) {
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
