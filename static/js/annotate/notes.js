// `f` and `c`: a flag on the grant, a comment beside it. Neither is part of the annotation. What is
// typed of a comment is a draft of its own, under its grant, until it is stored.
import { $ } from "../dom.js";
import { shut } from "../dialogs.js";
import * as draft from "./draft.js";
import { paintKeys } from "./keys.js";
import { inWords, post } from "./net.js";
import { toast } from "./toast.js";

const dialog = $("#comment");
const field = $("#comment-text");
const problem = $("#comment-problem");
const commentOn = ({ grant }) => ({ grant, changes: "comment" });
let claimOf;

// Called once: how to see the present claim.
export function setUp(options) {
  ({ claimOf } = options);
}

export async function flag() {
  const claim = claimOf();
  const isRaised = $("#noted [data-do=flag]").getAttribute("aria-pressed") === "true";
  const reply = await note(claim, { flag: String(!isRaised) });
  if (reply.status !== 200) return toast(`The flag was not changed. ${inWords(reply)}`);
  toast(isRaised ? `The flag on ${claim.grant} is taken down` : `Flagged ${claim.grant}`);
}

export function openComment() {
  problem.hidden = true;
  field.value = draft.load(commentOn(claimOf()))?.comment ?? "";
  dialog.showModal();
  field.focus();
}

field.addEventListener("input", () => {
  const name = commentOn(claimOf());
  if (field.value.trim()) draft.keepWork(name, { comment: field.value });
  else draft.drop(name);
});

$("form", dialog).addEventListener("submit", async (event) => {
  event.preventDefault();
  const claim = claimOf();
  const reply = await note(claim, { comment: field.value });
  problem.hidden = reply.status === 200;
  problem.textContent = `Not stored. ${inWords(reply)}`;
  if (reply.status !== 200) return;
  draft.drop(commentOn(claim));
  field.value = "";
  shut(dialog);
  toast("Your comment is stored");
});

// The grant may have changed until the reply comes.
async function note(claim, values) {
  const reply = await post(claim.note, values);
  if (reply.status !== 200 || claimOf()?.token !== claim.token) return reply;
  const fresh = new DOMParser().parseFromString(reply.text, "text/html").getElementById("noted");
  paintKeys(fresh);
  $("#noted").replaceWith(fresh);
  return reply;
}
