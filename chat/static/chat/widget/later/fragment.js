// @ts-check
/** Links to the book that highlight the quoted words: text fragments. */

/** Words that a site's typography may have changed, so that a text fragment would miss them. */
const FRAGILE = /["'`“”‘’\\|<>]|--|–|—|\.\.\.|…/;

/**
 * The part of a quote that stands in one block of the page, without Markdown's marks: the whole
 * of a wrapped paragraph, else the first line that says something.
 *
 * @param {string} quote
 */
export function plainLine(quote) {
  const lines = quote
    .split("\n")
    .map((line) => line.replace(/^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+/, ""))
    .map((line) =>
      line
        .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/[`*]/g, "")
        .trim(),
    )
    .filter((line) => /[\p{L}\p{N}]/u.test(line));
  const wrapped = lines.slice(0, -1).every((line) => line.length > 40);
  const line = wrapped ? lines.join(" ") : lines[0];
  const cells = (line ?? "").split("|").map((cell) => cell.trim());
  return cells.reduce((longest, cell) => (cell.length > longest.length ? cell : longest), "");
}

/**
 * The first run of `size` robust words.
 *
 * @param {string[]} words
 * @param {number} size
 * @returns {string[]}
 */
function robustRun(words, size) {
  for (let start = 0; start + size <= words.length; start++) {
    const run = words.slice(start, start + size);
    if (!run.some((word) => FRAGILE.test(word))) return run;
  }
  return size > 2 ? robustRun(words, size - 1) : words.slice(0, 4);
}

/** @param {string[]} words */
function encodeFragment(words) {
  const text = words.join(" ");
  const bare = text.replace(/^[\s.,;:!?()[\]{}]+|[\s.,;:!?()[\]{}]+$/gu, "");
  return encodeURIComponent(bare || text).replace(/-/g, "%2D");
}

/**
 * The text directive (`text=start,end`) that finds a quote on its page, or "" if it has no words.
 * Short lines, and those of languages without spaces, are looked for as a whole.
 * Syntax: WICG, "URL Fragment Text Directives".
 *
 * @param {string} quote
 */
function textDirective(quote) {
  const words = plainLine(quote).split(/\s+/).filter(Boolean);
  if (words.length === 0) return "";
  if (words.length <= 8) return `text=${encodeFragment(robustRun(words, words.length))}`;
  const half = Math.floor(words.length / 2);
  const start = robustRun(words.slice(0, half), 4);
  const end = robustRun(words.slice(half).reverse(), 4).reverse();
  return `text=${encodeFragment(start)},${encodeFragment(end)}`;
}

/**
 * The address with the quote highlighted.
 *
 * @param {URL} address
 * @param {string} quote
 */
export function highlighted(address, quote) {
  const link = new URL(address);
  const directive = textDirective(quote);
  if (directive) link.hash = `${link.hash || "#"}:~:${directive}`;
  return link;
}
