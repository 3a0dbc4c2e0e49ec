// Notices above the grant: what was not saved, why, and what can be done. Each takes the focus.
import { $, el, icon } from "../dom.js";

const ALERT = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v6M12 16.5v.01";

function build(kind, title, lines, buttons) {
  const box = el("div", { className: `notice ${kind}`, tabIndex: -1 },
    el("h2", { className: "row" }, icon(ALERT), el("span", {}, ...title)),
    ...lines.map((line) => el("p", {}, line)));
  box.setAttribute("role", "alert");
  if (buttons.length) box.append(el("div", { className: "row" }, ...buttons));
  return box;
}

function button(words, deed, className = "btn") {
  const node = el("button", { type: "button", className, textContent: words });
  node.addEventListener("click", deed);
  return node;
}

// One at a time, about the page itself: it goes when a save succeeds.
export function tell(text) {
  const line = el("p", { className: "row" }, icon(ALERT), el("b", { textContent: text }));
  const box = el("div", { className: "notice bad", id: "problem" }, line);
  box.setAttribute("role", "alert");
  $("#notices").replaceChildren(box);
}

export function addLink(words, href) {
  $("#problem").append(el("p", {}, el("a", { className: "btn", href, textContent: words })));
}

export const clear = () => $("#notices").replaceChildren();

// Work that could not be stored: it stays, in words, until its owner says what becomes of it.
export function showLost({ grant, why, words, again }) {
  const box = build("bad", ["Your claim on ", el("bdi", { textContent: grant }), " is gone"],
    [`${why} `, "Nothing was saved from this page. ", el("b", { textContent: `Your work is kept here. ${words}` })],
    [
      button("Open it again with my work", () => again(box), "btn btn-main"),
      button("Discard my work", () => box.remove(), "btn btn-bad"),
    ]);
  show(box);
  return box;
}

export function showRefused({ grant, why, words, again }) {
  const box = build("bad", ["Not saved: ", el("bdi", { textContent: grant })],
    [`${why} `, el("b", { textContent: `Your work is kept here. ${words}` })],
    [
      button("Open it again with my work", () => again(box), "btn btn-main"),
      button("Discard my work", () => box.remove(), "btn btn-bad"),
    ]);
  show(box);
  return box;
}

export function showUnsaid({ grant, why, text, discard }) {
  const box = build("bad", ["Comment not stored: ", el("bdi", { textContent: grant })],
    [`${why} Your words: `, el("bdi", { className: "as-typed", textContent: text })],
    [button("Discard the comment", () => { discard(); box.remove(); }, "btn btn-bad")]);
  show(box);
}

export function addLine(box, text) {
  $("[data-said]", box)?.remove();
  const line = el("p", { textContent: text });
  line.dataset.said = "";
  $(".row:last-child", box).before(line);
  box.focus();
}

// The grant on the screen is somebody else's by now: one goes on, and may keep a list.
export function showTaken({ grant, why, words, again, goOn, discard }) {
  const box = build("bad", ["Your claim on ", el("bdi", { textContent: grant }), " is gone"],
    [`${why} `, "Nothing was saved from this page. ", el("b", { textContent: `Your work is kept here. ${words}` })],
    [
      button("Open the next grant, keep a list of mine", () => { box.remove(); keepList(grant, words); goOn(); }, "btn btn-main"),
      button("Try to open it again", () => again(box)),
      button("Discard my work and open the next", () => { box.remove(); discard(); }, "btn btn-bad"),
    ]);
  box.id = "conflict";
  show(box);
}

function keepList(grant, words) {
  const box = el("div", { className: "notice warn" },
    el("p", {}, el("b", { textContent: "Not saved for " }), el("bdi", { textContent: grant }), ` – ${words}`),
    el("div", { className: "row" }, button("Close this list", () => box.remove(), "btn btn-s")));
  $("#kept").append(box);
}

function show(box) {
  $("#toasts").replaceChildren(); // one may say "Saved" still, of this very grant
  $("#kept").append(box);
  scrollTo(0, 0);
  box.focus();
}
