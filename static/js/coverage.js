// The map is one tab stop: arrow keys move along its boxes and from group to group.
import { $$ } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

function shown(tile) {
  tile.focus();
  tile.scrollIntoView({ block: "nearest", inline: "nearest" });
}

for (const map of $$(".tiles")) {
  const tiles = $$(".tile", map);
  if (!tiles.length) continue;
  tiles[0].setAttribute("tabindex", "0");
  map.addEventListener("focusin", (event) => {
    const tile = event.target.closest(".tile");
    if (tile) for (const other of tiles) other.setAttribute("tabindex", other === tile ? "0" : "-1");
  });
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
