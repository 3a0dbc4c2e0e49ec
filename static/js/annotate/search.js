// The order of the type-ahead: match x probability x own recent use.
import { $ } from "../dom.js";
import { words } from "./categories.js";

// How closely a word meets a category. A match at the start of the label is worth more than ten times
// one in another name, which is more than a probability can make up for.
const LABEL = 64;
const CODE = 48;
const LABEL_WORD = 32;
const IN_LABEL = 12;
const OTHER_NAME = 6;
const IN_OTHER_NAME = 2.5;
const PATH = 1;
const MISTYPED = 0.25;
const FEW = 3;
let counted = null;
let total = 1;
const recent = JSON.parse($("#main").dataset.recent);

function closeness(word, { label, code, path, alt }) {
  const isInLabel = label.includes(word);
  if (isInLabel && label.startsWith(word)) return LABEL;
  if (code.startsWith(word)) return CODE;
  if (isInLabel) return isAtWord(label, word) ? LABEL_WORD : IN_LABEL;
  const others = alt.filter((name) => name.includes(word));
  if (others.length) return others.some((name) => isAtWord(name, word)) ? OTHER_NAME : IN_OTHER_NAME;
  return path.includes(word) ? PATH : 0;
}

function isAtWord(text, word) {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1])) return true;
  }
  return false;
}

// Every word must be met; where few meet them, words with a slip of the finger follow.
export function search(all, text, facet, scores) {
  const wanted = words(text);
  if (all !== counted) [counted, total] = [all, all.reduce((sum, c) => sum + c.n, 0) || 1];
  const factor = (c) => likely(scores.get(c.code) ?? c.n / total)
    * (1 + 0.12 * Math.min(5, Math.log2(1 + (recent[c.code] ?? 0))))
    * (c.facet === facet ? 1.05 : 1);
  const rank = (match) => {
    const found = [];
    for (const c of all) {
      const product = wanted.reduce((value, word) => value && value * match(word, c), 1);
      if (product) found.push([product ** (1 / (wanted.length || 1)) * factor(c), c]);
    }
    return found.sort((a, b) => b[0] - a[0] || b[1].n - a[1].n).map(([, c]) => c);
  };
  const found = rank((word, c) => closeness(word, c.folded));
  if (found.length >= FEW) return found;
  const near = rank((word, c) => closeness(word, c.folded) || (c.tokens.some((token) => isNear(word, token)) ? MISTYPED : 0));
  const exact = new Set(found);
  return [...found, ...near.filter((c) => !exact.has(c))];
}

// Probabilities span four powers of ten. Their fourth root keeps the order, and keeps what is typed
// worth more than what is likely; nothing is so unlikely that it cannot be found.
const likely = (proba) => Math.max(proba, 0.0001) ** 0.25;

// One slip in a word of four letters, two in one of eight: a letter more, less, wrong or swapped.
export function isNear(word, token) {
  const most = word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0;
  if (!most || token.length < word.length - most) return false;
  const start = token.slice(0, word.length + most);
  let before = null;
  let last = Array.from({ length: start.length + 1 }, (_, j) => j);
  for (let i = 1; i <= word.length; i++) {
    const row = [i];
    for (let j = 1; j <= start.length; j++) {
      const isSame = word[i - 1] === start[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && word[i - 1] === start[j - 2] && word[i - 2] === start[j - 1];
      if (isSwapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    if (Math.min(...row) > most) return false;
    [before, last] = [last, row];
  }
  // Whatever follows in the token is not typed yet.
  return Math.min(...last) <= most;
}

// What was chosen a moment ago counts as well.
export const remember = (code) => { recent[code] = (recent[code] ?? 0) + 1; };
