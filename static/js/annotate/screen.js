// Painting: the annotation as it stands, the suggestion in focus and why it was made.
import { $, $$, el, icon } from "../dom.js";
import { About } from "./about.js";
import { OUTCOMES } from "./annotation.js";
import { inWords, keys } from "./keys.js";

const ARIA = { ticked: "true", rejected: "false", undecided: "mixed" };
const CROSS = "M6 6l12 12M18 6 6 18";
const UP = "M12 19V5M6 11l6-6 6 6";
const SOFT_CAP = 5;

export class Screen {
  constructor(work, annotation, claim) {
    this.work = work;
    this.annotation = annotation;
    this.last = null; // the category added last, for which its parent may stand in
    this.about = new About(work);
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
  numbered(number) { return this.visible().find((row) => $(`:scope > [data-number="${number}"]`, row)); }
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
      const { code } = this.annotation.facet(facet.dataset.facet);
      for (const row of $$(".sugg", facet)) {
        row.dataset.state = this.annotation.verdict(code, row.dataset.code);
        $(".box", row).setAttribute("aria-checked", ARIA[row.dataset.state]);
      }
      for (const button of $$("[data-outcome]", facet)) {
        button.setAttribute("aria-pressed", String(button.dataset.outcome === this.annotation.now[code].outcome));
      }
      $("[data-chips]", facet).replaceChildren(...this.chips(code));
      if (this.annotation.now[code].outcome || this.annotation.chosen(code).length) this.complain(code, "");
    }
  }

  chips(code) {
    const { outcome, added } = this.annotation.now[code];
    if (outcome) return [el("span", { className: "chip plain", textContent: OUTCOMES[outcome] })];
    const chosen = this.annotation.chosen(code);
    if (!chosen.length) return [el("span", { textContent: "Nothing chosen yet" })];
    const chips = chosen.map((c) => this.chip(c, added.includes(c)));
    const implied = this.annotation.implied(code);
    if (implied.length) {
      const title = `Implied, not stored: ${implied.join("; ")}`;
      chips.push(el("span", { className: "chip ghost", title, textContent: `implies ${implied.length} above` }));
    }
    const clash = this.annotation.clash(code);
    if (clash) chips.push(this.warning(`${clash.label} is already implied by what is below it`));
    if (chosen.length > SOFT_CAP) chips.push(this.warning(`${chosen.length} chosen: is a parent enough?`));
    return chips;
  }

  chip(category, isAdded) {
    const { code, label, path } = category;
    const chip = el("span", { className: "chip", title: [...path, label].join(" › ") }, `${isAdded ? "+ " : ""}${label}`);
    chip.dataset.code = code;
    if (path.length) chip.append(this.chipButton(UP, "backOff", code, `Back off from ${label} to ${path.at(-1)}`));
    chip.append(this.chipButton(CROSS, "remove", code, `Remove ${label}`));
    return chip;
  }

  chipButton(path, deed, code, words) {
    const button = el("button", { type: "button", title: words }, icon(path));
    button.setAttribute("aria-label", words);
    button.dataset[deed] = code;
    return button;
  }

  // The chosen category of a chip, by any element within it.
  ofChip(element) {
    const facet = element.closest(".facet").dataset.facet;
    const { code } = element.closest(".chip").dataset;
    const chosen = this.annotation.chosen(facet).find((c) => c.code === code);
    return chosen && { ...chosen, facet };
  }

  focusChip({ facet, code }) {
    const chip = $$(".chip", this.facet(facet)).find((c) => c.dataset.code === code);
    ($("button", chip) ?? this.facet(facet)).focus();
  }

  warning(text) {
    return el("span", { className: "tag warn wraps", textContent: text });
  }

  complain(code, text) {
    const box = $("[data-problem]", this.facet(code));
    box.hidden = !text;
    $("span", box).textContent = text;
  }

  // A facet about which something must be said: say what is missing, and go there.
  ask({ code, label, required, public: isPublic }) {
    const who = required ? `${label} needs a category` : "Nothing is chosen yet. Choose a category";
    const key = (deed) => `(${inWords(keys()[deed])})`;
    const general = isPublic ? `, or that it is for the general public ${key("general_public")}` : "";
    this.complain(code, `${who}, or say that none fits ${key("none_fits")} or that the text does not say enough ${key("not_enough_text")}${general}.`);
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

  // Past a facet that is answered: to the next one, and after the last to the deeds.
  goOnFrom(facet) {
    this.use(facet);
    if (facet === this.facets().at(-1)) $("[data-do=save]").focus();
    else this.stepFacet(1);
  }

  explain(row) {
    this.about.show(row, this.annotation.isChosen(row.facet, row.code));
  }

  explainFocused() {
    const row = this.focused();
    if (row) this.explain(this.rows.get(row.dataset.code));
  }

  // Probabilities of what is suggested here, by code.
  scores() {
    return new Map([...this.rows].map(([code, row]) => [code, row.score]));
  }

  // What its parent may stand in for: the chosen one in focus, else the one added last.
  tooNarrow() {
    const chip = document.activeElement?.closest(".chip [data-remove], .chip [data-back-off]");
    const row = this.rows.get(this.focused()?.dataset.code);
    const isChosen = (c) => c?.path.length && this.annotation.isChosen(c.facet, c.code);
    return (chip ? [this.ofChip(chip)] : [row, this.last]).find(isChosen) ?? null;
  }
}
