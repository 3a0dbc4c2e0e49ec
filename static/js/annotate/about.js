// Why a suggestion was made: its words in the text, and its definition and use in words below.
import { $, $$, el } from "../dom.js";
import { inWords, keys } from "./keys.js";

export class About {
  constructor(work) {
    this.work = work;
    this.box = $("#about", work);
  }

  // Evidence is shown for one suggestion at a time.
  show(row, isChosen) {
    for (const piece of $$(".ev", this.work)) {
      piece.classList.toggle("on", piece.dataset.ev.split(" ").includes(String(row.at)));
    }
    if (!this.box) return;
    $("[data-about-title]", this.box).replaceChildren(
      `${row.label} `, el("span", { className: "path", textContent: row.path.join(" › ") }),
    );
    $("[data-about-definition]", this.box).textContent = [row.definition, row.scope].filter(Boolean).join(" ");
    $("[data-about-evidence]", this.box).replaceChildren(...because(row));
    this.offer(isChosen && row.path.at(-1));
    this.unfold(false); // last, since it asks how much room there is
  }

  offer(parent) {
    $("[data-about-parent]", this.box).hidden = !parent;
    if (!parent) return;
    const hint = el("kbd", { textContent: inWords(keys().parent) });
    hint.dataset.key = "parent";
    $("[data-about-parent] button", this.box).replaceChildren(`Back off to ${parent} `, hint);
  }

  // A definition of many lines: the first of them or, where one wants it, the whole.
  unfold(isWhole = !this.box.classList.contains("whole")) {
    const text = $("[data-about-definition]", this.box);
    const more = $("[data-about-more]", this.box);
    this.box.classList.toggle("whole", isWhole);
    more.hidden = !isWhole && text.scrollHeight <= text.clientHeight;
    $("button", more).setAttribute("aria-expanded", String(isWhole));
    $("button", more).textContent = isWhole ? "Less" : "All of it";
    if (isWhole) text.tabIndex = 0; // so that it is scrolled by keys
    else text.removeAttribute("tabindex");
  }
}

function because({ percent, lexical, evidence, cannot_say: cannotSay }) {
  const words = evidence.flatMap((word, i) => [i ? ", " : "", el("span", { className: "w", textContent: word })]);
  if (lexical) {
    const reason = words.length ? [`${percent} from words alone: `, ...words] : [`${percent}: the text resembles the category’s own words`];
    return [...reason, ". Its examples are too few to learn from yet."];
  }
  if (cannotSay) return [`${percent}. This version of the model names no words that spoke for a category.`];
  return words.length ? [`${percent} because of `, ...words, "."] : [`${percent}. No single word decided it.`];
}
