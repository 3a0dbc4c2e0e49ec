// From one grant to the next: from those fetched ahead, else from the server.
import { $ } from "../dom.js";
import * as ahead from "./ahead.js";
import { desk, say, show } from "./desk.js";
import { inWords, parse, post } from "./net.js";
import * as notices from "./notices.js";
import * as outbox from "./outbox.js";

const page = $("#main").dataset;
// Suggestions of what was decided blind and left the desk before it was stored.
let revealed = [];
let isBusy = false;
let isWaiting = false;

export const busy = () => isBusy || isWaiting;

// For what is asked for once, with the mouse, while something else is under way: it comes after it.
export async function idle() {
  while (busy()) await new Promise((resolve) => { setTimeout(resolve, 50); });
}

export const present = () => desk.claim && !desk.claim.changes && desk.claim.token;
export const fill = () => ahead.fill(present);

// Nobody has seen suggestions before they stand on the screen.
export function showRevealed() {
  if (!revealed.length) return false;
  show(revealed.shift());
  return true;
}

export const keepRevealed = (html) => { revealed.push(html); };

export function dropRevealed(token) {
  revealed = revealed.filter((html) => parse(html).claim.token !== token);
}

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
export async function holdOn() {
  const { claim } = desk;
  const { status } = await post(claim.renew, { grant: claim.grant });
  if (status === 204) claim.isShort = false;
  if (desk.claim !== claim) return;
  if (status === 204) fill();
  if (status !== 409) return;
  await noDialog();
  if (desk.claim === claim && !busy() && !desk.annotation.past.length) await leave();
}

// What is typed or chosen in a dialog is meant for the grant behind it, which stays until it shuts.
async function noDialog() {
  for (let dialog; (dialog = $("dialog[open]"));) {
    await new Promise((resolve) => { dialog.addEventListener("close", resolve, { once: true }); });
  }
}

export async function fetchNext() {
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

// While the server is waited for, nothing else begins.
export function hold(text) {
  isBusy = true;
  say(text);
  $("#workspace")?.setAttribute("aria-busy", "true");
}

export function release() {
  isBusy = false;
  $("#workspace")?.removeAttribute("aria-busy");
  say(desk.claim ? "All saved" : "");
}

function tellOutbox() {
  const n = outbox.pending().length;
  if (n > 1 || (n && !navigator.onLine)) say(`${n} kept here until they are sent`);
}
