// Look-alikes of a grant: fetched when somebody opens them, since most never do.
import { $ } from "../dom.js";

const FAILED = "They could not be fetched. Close and open again to try once more.";

async function fetched(path) {
  try {
    const reply = await fetch(path, { signal: AbortSignal.timeout(30_000) });
    return reply.ok && !reply.redirected ? await reply.text() : null;
  } catch {
    return null;
  }
}

document.addEventListener("toggle", async ({ target }) => {
  if (!target.matches("details[data-alike]") || !target.open || target.dataset.fetched) return;
  target.dataset.fetched = "yes";
  const html = await fetched(target.dataset.alike);
  const place = $("[data-alike-here]", target);
  if (html === null) {
    delete target.dataset.fetched;
    place.textContent = FAILED;
    return;
  }
  const page = new DOMParser().parseFromString(html, "text/html");
  place.replaceChildren(...page.body.childNodes);
}, true);
