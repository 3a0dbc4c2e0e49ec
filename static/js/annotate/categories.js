// The whole taxonomy, fetched once after the first paint; its address names the release, so the
// browser keeps it until the taxonomy changes.
import { $ } from "../dom.js";
import { fetchCategories } from "../taxonomy.js";

const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
let loading = null;

async function fetchAll() {
  const list = await fetchCategories($("main").dataset.categories);
  for (const c of list) {
    c.folded = { label: fold(c.label), code: fold(c.code), path: fold(c.path.join(" ")), alt: c.alt.map(fold) };
    c.tokens = [c.folded.label, ...c.folded.alt].join(" ").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  }
  return list;
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

// Where the first of the words stands in a text: [before, hit, after], or nothing.
export function hit(text, wanted) {
  const folded = fold(text);
  const word = folded.length === text.length && wanted.find((w) => folded.includes(w));
  if (!word) return null;
  const at = folded.indexOf(word);
  return [text.slice(0, at), text.slice(at, at + word.length), text.slice(at + word.length)];
}
