// `f` and `c`: a flag on the grant, a comment beside it. Neither is part of the annotation. What is
// typed of a comment is a draft of its own, under its grant; added, it goes by the outbox.
import { $ } from "../dom.js";
import { shut } from "../dialogs.js";
import * as draft from "./draft.js";
import { paintKeys } from "./keys.js";
import { inWords, newKey, post } from "./net.js";
import { showUnsaid } from "./notices.js";
import * as outbox from "./outbox.js";
import { toast } from "./toast.js";

const dialog = $("#comment");
const field = $("#comment-text");
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
  field.value = draft.load(commentOn(claimOf()))?.comment ?? "";
  dialog.showModal();
  field.focus();
}

field.addEventListener("input", () => {
  const name = commentOn(claimOf());
  if (field.value.trim()) draft.keepWork(name, { comment: field.value });
  else draft.drop(name);
});

$("form", dialog).addEventListener("submit", (event) => {
  event.preventDefault();
  const claim = claimOf();
  const entry = { key: newKey(), token: null, grant: claim.grant, path: claim.note, values: { comment: field.value }, isComment: true };
  outbox.put(entry);
  draft.drop(commentOn(claim));
  field.value = "";
  shut(dialog);
  outbox.flush().then(() => {
    if (outbox.pending().some(({ key }) => key === entry.key)) toast("Your comment is kept in this browser until it is sent");
  });
});

// What became of a comment that was sent.
export function stored({ path }, reply) {
  if (claimOf()?.note === path) paint(reply.text);
  toast("Your comment is stored");
}

// The words are shown, to be copied, and stand in the dialog again.
export function refused({ grant, values }, reply) {
  draft.keepWork(commentOn({ grant }), values);
  showUnsaid({ grant, why: inWords(reply), text: values.comment, discard: () => draft.drop(commentOn({ grant })) });
}

// The grant may have changed until the reply comes.
async function note(claim, values) {
  const reply = await post(claim.note, values);
  if (reply.status === 200 && claimOf()?.token === claim.token) paint(reply.text);
  return reply;
}

function paint(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("noted");
  paintKeys(fresh);
  $("#noted").replaceWith(fresh);
}
