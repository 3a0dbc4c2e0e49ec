// The map is one tab stop: arrow keys move along its boxes and from group to group. A line below it
// says what the box under the focus or the pointer is: a small box has no room for its name.
import { $, $$ } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

function shown(tile) {
  tile.focus();
  tile.scrollIntoView({ block: "nearest", inline: "nearest" });
}

for (const map of $$(".tiles")) {
  const tiles = $$(".tile", map);
  if (!tiles.length) continue;
  tiles[0].setAttribute("tabindex", "0");
  const said = $(".tile-said", map.closest(".map"));
  let focused = null;
  const say = (tile) => {
    said.textContent = tile ? $("title", tile).textContent : "";
  };
  // An SVG that listens to the focus is a tab stop of its own in Chromium: what holds it listens.
  const frame = map.parentElement;
  frame.addEventListener("focusin", (event) => {
    focused = event.target.closest(".tile");
    if (focused) for (const other of tiles) other.setAttribute("tabindex", other === focused ? "0" : "-1");
    say(focused);
  });
  frame.addEventListener("focusout", () => {
    focused = null;
    say(null);
  });
  map.addEventListener("pointerover", (event) => say(event.target.closest(".tile") ?? focused));
  map.addEventListener("pointerleave", () => say(focused));
  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = tiles.indexOf(event.target.closest(".tile"));
    if (at < 0) return;
    const group = tiles[at].closest(".group");
    let next = null;
    if (event.key in STEPS) next = tiles[at + STEPS[event.key]];
    else if (event.key === "ArrowDown") next = group.nextElementSibling?.querySelector(".tile");
    else if (event.key === "ArrowUp") next = group.previousElementSibling?.querySelector(".tile");
    else if (event.key === "Home") next = tiles[0];
    else if (event.key === "End") next = tiles.at(-1);
    else return;
    event.preventDefault();
    if (next) shown(next);
  });
}
