// A lost claim: the work stays on the screen until its owner says what becomes of it.
import { $, el } from "../dom.js";

export function showLost(answer) {
  const { ticked, rejected, added } = answer.counts();
  $("[data-kept]").textContent = `Your work is kept here: ${ticked} ticked, ${rejected} rejected, ${added} added.`;
  const save = $("[data-do=save]");
  save.setAttribute("aria-disabled", "true");
  save.textContent = "Save needs a claim";
}

// What was chosen, as a list that stays above the grants to come until it is closed.
export function listNotSaved(claim, answer) {
  const lines = claim.facets.map(({ code, label }) => {
    const labels = answer.chosen(code).map((c) => c.label);
    return labels.length ? `${label}: ${labels.join(", ")}. ` : "";
  });
  const text = lines.join("") || "nothing was chosen.";
  const close = el("button", { type: "button", className: "btn btn-s", textContent: "Close this list" });
  const box = el("div", { className: "notice warn" },
    el("p", {}, el("b", { textContent: "Not saved for " }), el("bdi", { textContent: claim.grant }), ` – ${text}`),
    el("div", { className: "row" }, close));
  close.addEventListener("click", () => box.remove());
  $("#kept").append(box);
}
