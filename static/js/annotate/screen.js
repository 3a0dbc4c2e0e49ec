// Painting: the answer as it stands, the suggestion in focus and why it was made.
import { $, $$, el, icon } from "../dom.js";

const ARIA = { ticked: "true", rejected: "false", undecided: "mixed" };
const OUTCOMES = { none_fits: "None fits", not_enough_text: "Not enough text", general_public: "General public" };
const CROSS = "M6 6l12 12M18 6 6 18";
const SOFT_CAP = 5;

export class Screen {
  constructor(work, answer, claim) {
    this.work = work;
    this.answer = answer;
    this.rows = new Map(claim.facets.flatMap((f) => f.rows.map((row) => [row.code, { ...row, facet: f.code }])));
    this.paint();
    const first = this.visible()[0];
    if (first) this.focus(first);
    else this.use($(".facet", work));
  }

  facets() { return $$(".facet", this.work); }
  facet(code) { return this.facets().find((f) => f.dataset.facet === code); }
  active() { return $(".facet.active", this.work); }
  focused() { return $(".sugg.focus", this.work); }
  visible() { return $$(".sugg", this.work).filter((row) => row.checkVisibility()); }
  numbered(digit) { return this.visible().find((row) => $(":scope > kbd", row)?.textContent === digit); }
  opened() { return $$("details.more", this.work).filter((more) => more.dataset.seen || more.open); }

  // Suggestions that nobody can have seen: folded away and never unfolded.
  unseen() {
    const opened = this.opened();
    return $$("details.more", this.work)
      .filter((more) => !opened.includes(more))
      .flatMap((more) => $$(".sugg", more).map((row) => row.dataset.code));
  }

  paint() {
    for (const facet of this.facets()) {
      const { code } = this.answer.facet(facet.dataset.facet);
      for (const row of $$(".sugg", facet)) {
        row.dataset.state = this.answer.verdict(code, row.dataset.code);
        $(".box", row).setAttribute("aria-checked", ARIA[row.dataset.state]);
      }
      for (const button of $$("[data-outcome]", facet)) {
        button.setAttribute("aria-pressed", String(button.dataset.outcome === this.answer.now[code].outcome));
      }
      $("[data-chips]", facet).replaceChildren(...this.chips(code));
      if (this.answer.now[code].outcome || this.answer.chosen(code).length) this.complain(code, "");
    }
  }

  chips(code) {
    const { outcome, added } = this.answer.now[code];
    if (outcome) return [el("span", { className: "chip plain", textContent: OUTCOMES[outcome] })];
    const chosen = this.answer.chosen(code);
    if (!chosen.length) return [el("span", { textContent: "Nothing chosen yet" })];
    const chips = chosen.map((c) => this.chip(c, added.includes(c)));
    const implied = this.answer.implied(code);
    if (implied.length) {
      const title = `Implied, not stored: ${implied.join("; ")}`;
      chips.push(el("span", { className: "chip ghost", title, textContent: `implies ${implied.length} above` }));
    }
    const clash = this.answer.clash(code);
    if (clash) chips.push(this.warning(`${clash.label} is already implied`));
    if (chosen.length > SOFT_CAP) chips.push(this.warning("More than five: is the parent enough?"));
    return chips;
  }

  chip(category, isAdded) {
    const remove = el("button", { type: "button" }, icon(CROSS));
    remove.setAttribute("aria-label", `Remove ${category.label}`);
    remove.dataset.remove = category.code;
    const title = [...category.path, category.label].join(" › ");
    return el("span", { className: "chip", title }, `${isAdded ? "+ " : ""}${category.label}`, remove);
  }

  warning(text) {
    return el("span", { className: "tag warn wraps", textContent: text });
  }

  complain(code, text) {
    const box = $("[data-problem]", this.facet(code));
    box.hidden = !text;
    $("span", box).textContent = text;
  }

  // A required facet about which nothing is said: say what is missing, and go there.
  ask({ code, label }) {
    this.complain(code, `${label} needs an answer. Choose a category, or say that none fits or that the text does not say enough.`);
    this.use(this.facet(code));
    this.facet(code).focus();
  }

  // The facet in use: its edge is petrol, and n, x and g mean it.
  use(facet) {
    for (const f of this.facets()) f.classList.toggle("active", f === facet);
  }

  focus(row, { keyboard = false } = {}) {
    if (!row) return;
    const before = this.focused();
    before?.classList.remove("focus");
    if (before) $(".name", before).removeAttribute("aria-current");
    row.classList.add("focus");
    $(".name", row).setAttribute("aria-current", "true");
    this.use(row.closest(".facet"));
    if (keyboard) {
      $(".box", row).focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    this.explain(this.rows.get(row.dataset.code));
  }

  step(by) {
    const rows = this.visible();
    const at = rows.indexOf(this.focused());
    this.focus(rows[Math.max(0, Math.min(rows.length - 1, at + by))], { keyboard: true });
  }

  stepFacet(by) {
    const facets = this.facets();
    const next = facets[Math.max(0, Math.min(facets.length - 1, facets.indexOf(this.active()) + by))];
    const row = this.visible().find((r) => next.contains(r));
    if (row) return this.focus(row, { keyboard: true });
    this.use(next);
    next.focus();
  }

  // Evidence is shown for one suggestion at a time: in the text, and in words below it.
  explain(row) {
    for (const piece of $$(".ev", this.work)) {
      piece.classList.toggle("on", piece.dataset.ev.split(" ").includes(String(row.at)));
    }
    const about = $("#about", this.work);
    if (!about) return;
    $("[data-about-title]", about).replaceChildren(
      `${row.label} `, el("span", { className: "path", textContent: row.path.join(" › ") }),
    );
    $("[data-about-definition]", about).textContent = [row.definition, row.scope].filter(Boolean).join(" ");
    $("[data-about-evidence]", about).replaceChildren(...this.because(row));
  }

  because({ percent, lexical, evidence }) {
    const words = evidence.flatMap((word, i) => [i ? ", " : "", el("span", { className: "w", textContent: word })]);
    if (lexical) {
      const reason = words.length ? [`${percent} from words alone: `, ...words] : [`${percent}: the text resembles the category’s own words`];
      return [...reason, ". Its examples are too few to learn from yet."];
    }
    return words.length ? [`${percent} because of `, ...words, "."] : [`${percent}. No single word decided it.`];
  }
}
