// The next grants, fetched before they are wanted, under short claims that are given back.
import { $ } from "../dom.js";
import * as draft from "./draft.js";
import * as outbox from "./outbox.js";
import { farewell, parse, post } from "./net.js";

const MANY = 3;
const page = $("#main").dataset;
let list = [];
let filling = null;

export const has = () => list.length > 0;
export const take = () => list.shift() ?? null;
export const tokens = () => list.map(({ token }) => token);

// A grant that was open and has to wait: it comes next, and is not given back.
export function putFirst(token, html) {
  list.unshift({ token, html, isOpened: true });
}

// What is open already is not ahead any more.
export function leaveOut(token) {
  list = list.filter((other) => other.token !== token);
}

// What can be given back: nobody has worked on it, neither now nor before a reload.
const unopened = () => list.filter(({ isOpened, html }) => !isOpened && !draft.load(parse(html).claim));
const spare = (keep) => unopened().slice(Math.max(0, keep - list.length + unopened().length));

// Tokens of what stands in the way of one more grant, to be given back with the request for it.
export const beyond = (keep) => spare(keep).map(({ token }) => token).join(",");

// They are ours no longer.
export function giveUp(tokens) {
  for (const token of tokens.split(",")) leaveOut(token);
}

export function fill(current) {
  filling ??= fetchSome(current).finally(() => { filling = null; });
  return filling;
}

async function fetchSome(current) {
  while (list.length < MANY && !document.hidden) {
    const besides = [current(), ...tokens(), ...outbox.pending().map(({ token }) => token)];
    const reply = await post(page.next, { ahead: "1", besides: besides.filter(Boolean).join(",") });
    if (reply.status !== 200) return;
    const { claim } = parse(reply.text);
    if (!claim || claim.token === current() || tokens().includes(claim.token)) return;
    list.push({ token: claim.token, html: reply.text });
  }
}

// While somebody works, what waits for them goes on waiting.
export function renewAll() {
  for (const { token, html } of [...list]) {
    post(parse(html).claim.renew, { ahead: "1" }).then(({ status }) => {
      if (status === 409) leaveOut(token);
    });
  }
}

addEventListener("pagehide", () => {
  const give_back = beyond(0);
  giveUp(give_back);
  if (give_back) farewell(page.release, { give_back });
});
