// `f` and `c`: a flag on the grant, a comment beside it. Neither is part of the annotation.
import { $ } from "../dom.js";
import { shut } from "../dialogs.js";
import { paintKeys } from "./keys.js";
import { inWords, post } from "./net.js";
import { toast } from "./toast.js";

const dialog = $("#comment");
const field = $("#comment-text");
const problem = $("#comment-problem");
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
  dialog.showModal();
  field.focus();
}

$("form", dialog).addEventListener("submit", async (event) => {
  event.preventDefault();
  const reply = await note(claimOf(), { comment: field.value });
  problem.hidden = reply.status === 200;
  problem.textContent = `Not stored. ${inWords(reply)}`;
  if (reply.status !== 200) return;
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
