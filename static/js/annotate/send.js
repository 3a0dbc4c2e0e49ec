// Talking to the server: one request at a time, and the same answer always under the same key.
import { $, el, icon } from "../dom.js";

const ALERT = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v6M12 16.5v.01";
const LAST_TRY = "Your work is kept; press Enter to try again.";
let isBusy = false;
let quiet = null;

export const busy = () => isBusy;

// `target` is replaced by what comes; a lost claim or a wrong answer goes to the notices instead.
export async function send(method, path, values = {}, target = "#slot") {
  if (isBusy) return;
  isBusy = true;
  $("#workspace")?.setAttribute("aria-busy", "true");
  try {
    await htmx.ajax(method, path, { source: "#slot", target, swap: "innerHTML", values });
  } catch { /* told by the events below */ } finally {
    isBusy = false;
    $("#workspace")?.removeAttribute("aria-busy");
  }
}

// Keeping a claim alive disturbs nobody: when it fails, the next minute tries again.
export function sendQuietly(path, values) {
  quiet = path;
  htmx.ajax("POST", path, { source: "#slot", target: "#notices", swap: "none", values }).catch(() => {});
}

// A UUID, also where the page comes without TLS and crypto.randomUUID is missing.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function notice(text) {
  const line = el("p", { className: "row" }, icon(ALERT), el("b", { textContent: text }));
  const box = el("div", { className: "notice bad", id: "problem" }, line);
  box.setAttribute("role", "alert");
  $("#notices").replaceChildren(box);
  $("#saved")?.replaceChildren("Not saved");
  scrollTo(0, 0);
}

const WORDS = {
  403: "Not saved: this page is out of date. Reload it; your work is kept.",
  413: "Not saved: the answer is too long for the server.",
  429: `Not saved: too many requests. Wait a moment. ${LAST_TRY}`,
  503: `Not saved: the server is busy. ${LAST_TRY}`,
};

function failed(event) {
  if (event.detail.requestConfig?.path === quiet) return;
  const status = event.detail.xhr?.status;
  notice(WORDS[status] ?? (status
    ? `Not saved: the server answered with a fault (${status}). ${LAST_TRY}`
    : `Not saved: the server cannot be reached. ${LAST_TRY}`));
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, failed);
