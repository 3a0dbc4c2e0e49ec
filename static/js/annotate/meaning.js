// What a category means and how it is used, while one looks for a category to add.
import { $ } from "../dom.js";

let loading = null;

// Fetched when it is first wanted; a failure is not kept.
function all() {
  loading ??= fetch($("main").dataset.definitions, { credentials: "same-origin" })
    .then((reply) => (reply.ok ? reply.json() : Promise.reject(new Error(reply.status))))
    .then(({ definitions }) => definitions)
    .catch(() => {
      loading = null;
      return {};
    });
  return loading;
}

// The place may be about another category by the time the words come.
export async function tell(place, category) {
  place.dataset.code = category?.code ?? "";
  const text = category ? (await all())[category.code] ?? "" : "";
  if (place.dataset.code !== (category?.code ?? "")) return;
  place.textContent = text;
  place.hidden = !text;
}
