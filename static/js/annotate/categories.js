// The whole taxonomy, fetched once after the first paint; its address names the release, so the
// browser keeps it until the taxonomy changes.
import { $ } from "../dom.js";

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
let loading = null;

async function fetchAll() {
  const answer = await fetch($("main").dataset.categories);
  if (!answer.ok) throw new Error(`The categories did not come: ${answer.status}`);
  const { categories } = await answer.json();
  for (const c of categories) {
    c.folded = { label: fold(c.label), code: fold(c.code), path: fold(c.path.join(" ")), alt: c.alt.map(fold) };
  }
  return categories;
}

// A failure is not kept: whoever asks next tries again.
export function categories() {
  loading ??= fetchAll().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

export const words = (text) => fold(text).split(/\s+/).filter(Boolean);

// How closely one word meets a category: its label first, then code, other names, path.
function closeness(word, { label, code, path, alt }) {
  if (label.startsWith(word)) return 6;
  if (code.startsWith(word)) return 5;
  if (label.includes(` ${word}`)) return 4.5;
  if (label.includes(word)) return 4;
  if (alt.some((name) => name.startsWith(word))) return 3.5;
  if (alt.some((name) => name.includes(word))) return 3;
  return path.includes(word) ? 1 : -Infinity;
}

// Every word must be met. Equals: the facet in use first, then those with more examples.
export function search(all, text, facet) {
  const wanted = words(text);
  const scored = [];
  for (const c of all) {
    let score = c.facet === facet ? 0.2 : 0;
    for (const word of wanted) score += closeness(word, c.folded);
    if (score >= 0) scored.push([score, c]);
  }
  return scored.sort((a, b) => b[0] - a[0] || b[1].n - a[1].n).map(([, c]) => c);
}

// Where the first of the words stands in a text: [before, hit, after], or nothing.
export function hit(text, wanted) {
  const folded = fold(text);
  const word = folded.length === text.length && wanted.find((w) => folded.includes(w));
  if (!word) return null;
  const at = folded.indexOf(word);
  return [text.slice(0, at), text.slice(at, at + word.length), text.slice(at + word.length)];
}
