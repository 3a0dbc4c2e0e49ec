// What the annotator says of the grant: plain values, no page. Everything that is shown, kept as
// a draft or sent is read from here.
const NEXT = { undecided: "ticked", ticked: "rejected", rejected: "undecided" };
const startsWith = (path, start) => start.every((label, i) => path[i] === label);
export const fullPath = (category) => [...category.path, category.label];

export class Answer {
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

  // The first required facet about which nothing is said yet.
  unanswered() {
    return this.facets.find(
      ({ code, required }) => required && !this.now[code].outcome && !this.chosen(code).length,
    );
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
