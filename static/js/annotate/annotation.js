// The annotation in the making: plain values, no page. Everything that is shown, kept as a draft
// or sent is read from here.
const NEXT = { undecided: "ticked", ticked: "rejected", rejected: "undecided" };
export const OUTCOMES = { none_fits: "None fits", not_enough_text: "Not enough text", general_public: "General public" };
const startsWith = (path, start) => start.every((label, i) => path[i] === label);
export const fullPath = (category) => [...category.path, category.label];

export class Annotation {
  constructor(claim) {
    this.facets = claim.facets;
    this.past = [];
    this.now = Object.fromEntries(claim.facets.map((facet) => [facet.code, {
      outcome: facet.outcome,
      added: facet.added,
      verdicts: Object.fromEntries(facet.rows.map((row) => [row.code, row.state])),
    }]));
  }

  // Every change goes through here, so that every change can be undone.
  change(facetCode, how) {
    this.past.push(structuredClone(this.now));
    how(this.now[facetCode]);
  }

  undo() {
    if (!this.past.length) return false;
    this.now = this.past.pop();
    return true;
  }

  facet(code) {
    return this.facets.find((facet) => facet.code === code);
  }

  verdict(facetCode, code) {
    return this.now[facetCode].verdicts[code];
  }

  cycle(facetCode, code) {
    this.change(facetCode, (facet) => {
      facet.verdicts[code] = NEXT[facet.verdicts[code]];
      if (facet.verdicts[code] === "ticked") facet.outcome = null;
    });
  }

  // A category that is suggested here is ticked; any other one stands beside the suggestions.
  add(category) {
    this.change(category.facet, (facet) => {
      facet.outcome = null;
      if (category.code in facet.verdicts) facet.verdicts[category.code] = "ticked";
      else if (!facet.added.some((c) => c.code === category.code)) {
        facet.added.push({ code: category.code, label: category.label, path: category.path });
      }
    });
  }

  drop(facetCode, code) {
    this.change(facetCode, (facet) => {
      if (code in facet.verdicts) facet.verdicts[code] = "undecided";
      facet.added = facet.added.filter((c) => c.code !== code);
    });
  }

  // None fits, not enough text, general public: nothing can be chosen beside them.
  setOutcome(facetCode, value) {
    this.change(facetCode, (facet) => {
      facet.outcome = facet.outcome === value ? null : value;
      if (!facet.outcome) return;
      facet.added = [];
      for (const [code, verdict] of Object.entries(facet.verdicts)) {
        if (verdict === "ticked") facet.verdicts[code] = "undecided";
      }
    });
  }

  withVerdict(facetCode, verdict) {
    return this.facet(facetCode).rows.filter((row) => this.verdict(facetCode, row.code) === verdict);
  }

  // Put in place what was chosen before, also where other categories are suggested by now.
  restore({ now, chosen, past = [] }) {
    for (const { code, rows } of this.facets) {
      const before = now[code];
      if (!before) continue;
      const known = new Set(rows.map((row) => row.code));
      const wanted = chosen[code] ?? [];
      this.now[code] = {
        outcome: before.outcome,
        added: wanted.filter((c) => !known.has(c.code)),
        verdicts: Object.fromEntries(rows.map((row) => [
          row.code,
          wanted.some((c) => c.code === row.code) ? "ticked"
            : before.verdicts[row.code] === "rejected" ? "rejected" : "undecided",
        ])),
      };
    }
    this.past = past;
  }

  // All that is needed to put it in place again.
  kept() {
    const slim = ({ code, label, path }) => ({ code, label, path });
    return {
      now: this.now,
      chosen: Object.fromEntries(this.facets.map(({ code }) => [code, this.chosen(code).map(slim)])),
    };
  }

  // Its parent in the place of a category that says too much.
  backOff(facetCode, code, parent) {
    this.change(facetCode, (facet) => {
      if (code in facet.verdicts) facet.verdicts[code] = "undecided";
      facet.added = facet.added.filter((c) => c.code !== code);
      if (parent.code in facet.verdicts) facet.verdicts[parent.code] = "ticked";
      else if (!facet.added.some((c) => c.code === parent.code)) {
        facet.added.push({ code: parent.code, label: parent.label, path: parent.path });
      }
    });
  }

  // What saving would store as the facet's categories.
  chosen(facetCode) {
    return [...this.withVerdict(facetCode, "ticked"), ...this.now[facetCode].added];
  }

  isChosen(facetCode, code) {
    return this.chosen(facetCode).some((c) => c.code === code);
  }

  // Ancestors that the choice implies; they are derived, never stored.
  implied(facetCode) {
    const chosen = this.chosen(facetCode).map(fullPath);
    const above = chosen.flatMap((path) => path.slice(0, -1).map((_, i) => path.slice(0, i + 1)));
    const own = new Set(chosen.map((path) => path.join(" › ")));
    return [...new Set(above.map((path) => path.join(" › ")))].filter((path) => !own.has(path));
  }

  // A chosen category of which a narrower one is chosen as well.
  clash(facetCode) {
    const chosen = this.chosen(facetCode);
    return chosen.find((wide) => chosen.some((c) => c !== wide && startsWith(c.path, fullPath(wide))));
  }

  // The facet to be asked about: a required one, or any while nothing at all is said.
  unsaid() {
    const silent = this.facets.filter(({ code }) => !this.now[code].outcome && !this.chosen(code).length);
    return silent.find(({ required }) => required) ?? (silent.length === this.facets.length ? silent[0] : null);
  }

  // In words, facet by facet, for whoever has to type it again.
  inWords() {
    return this.facets.map(({ code, label }) => {
      const { outcome } = this.now[code];
      const chosen = this.chosen(code).map((c) => c.label);
      const rejected = this.withVerdict(code, "rejected").map((c) => c.label);
      const parts = [
        outcome ? OUTCOMES[outcome].toLowerCase() : chosen.join(", "),
        rejected.length ? `not ${rejected.join(", ")}` : "",
      ].filter(Boolean);
      return parts.length ? `${label}: ${parts.join("; ")}. ` : "";
    }).join("") || "Nothing was chosen.";
  }

  counts() {
    const codes = this.facets.map((facet) => facet.code);
    const sum = (verdict) => codes.reduce((n, code) => n + this.withVerdict(code, verdict).length, 0);
    return {
      ticked: sum("ticked"),
      rejected: sum("rejected"),
      added: codes.reduce((n, code) => n + this.now[code].added.length, 0),
    };
  }

  payload() {
    const codes = (categories) => categories.map((c) => c.code);
    return Object.fromEntries(this.facets.map(({ code }) => [code, {
      outcome: this.now[code].outcome ?? (this.chosen(code).length ? "labelled" : null),
      accepted: codes(this.withVerdict(code, "ticked")),
      rejected: codes(this.withVerdict(code, "rejected")),
      added: codes(this.now[code].added),
    }]));
  }
}
