// Talking to the server. Every reply comes as plain facts; what it means is for the caller.
import { $ } from "../dom.js";

const LONGEST_WAIT = 30_000;
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// Browsers carry so much to the end for a page that was left, in all, and refuse what is longer.
const CARRIED = 30_000;

// What became of a request: its status, 0 where no reply came, and the text of the reply. `outlives`:
// it is carried to its end although the page be left.
export async function post(path, values = {}, { outlives = false } = {}) {
  const body = new URLSearchParams(values);
  try {
    const reply = await fetch(path, {
      method: "POST",
      body,
      keepalive: outlives && body.toString().length < CARRIED,
      headers: { "X-CSRFToken": csrf() },
      signal: AbortSignal.timeout(LONGEST_WAIT),
    });
    const text = await reply.text();
    return { status: reply.redirected ? 401 : reply.status, text, seconds: Number(reply.headers.get("Retry-After")) };
  } catch {
    return { status: 0, text: "", seconds: 0 };
  }
}

// As the page goes away there is no time for more than this.
export function farewell(path, values) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...values, csrfmiddlewaretoken: csrf() })) body.set(name, value);
  navigator.sendBeacon(path, body);
}

const WORDS = {
  0: "The server cannot be reached.",
  401: "You are signed out.",
  403: "This page is out of date.",
  413: "That is too long for the server.",
  429: "Too many requests at once.",
  503: "The server is busy.",
};
export const inWords = ({ status, text }) => (status in WORDS ? WORDS[status]
  : status >= 500 ? `The server had a fault (${status}).` : text || `The server refused it (${status}).`);

// The parts of a page that a reply brings; nothing in it runs.
export function parse(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return {
    title: page.title,
    progress: $("#progress", page),
    slot: ["#workspace", "#actions", "#empty"].map((part) => $(part, page)).filter(Boolean),
    claim: JSON.parse($("#workspace", page)?.dataset.claim ?? "null"),
  };
}

// A UUID, also where the page comes without TLS and crypto.randomUUID is missing.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
