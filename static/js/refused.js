// A question that could not be fetched opens the dialog as well, and says why.
import { $, el } from "./dom.js";

function tell(event) {
  const dialog = event.detail.target;
  if (dialog?.id !== "dialog") return; // a card that asks again by itself needs no words
  const said = new DOMParser().parseFromString(event.detail.xhr?.responseText ?? "", "text/html");
  const title = $(".notice b", said)?.textContent ?? "The site did not answer";
  const texts = [...said.querySelectorAll(".notice p:not(.row)")].map((p) => p.textContent);
  if (!texts.length) texts.push("Nothing was changed. Check the network, and try again in a minute.");
  const close = el("button", { className: "btn", type: "button", textContent: "Close" });
  close.dataset.close = "";
  dialog.replaceChildren(
    el("div", { className: "dlg-head" }, el("h2", { id: "dialog-title", textContent: title })),
    el("div", { className: "dlg-body" }, ...texts.map((textContent) => el("p", { textContent }))),
    el("div", { className: "dlg-foot" }, close),
  );
  if (!dialog.open) dialog.showModal();
  close.focus();
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, tell);
}
