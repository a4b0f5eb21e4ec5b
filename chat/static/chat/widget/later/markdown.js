// @ts-check
/** An answer as Markdown, to be taken along. */

/** @import {Kit} from "../later.js" */
/** @import {Turn} from "../types.js" */

import { cited } from "./cited.js";

/**
 * The question, the answer, and links to its sources.
 *
 * @param {Kit} kit
 * @param {Turn} turn
 */
export function asMarkdown({ place, webAddress }, turn) {
  const text = turn.text || turn.sentences.map((sentence) => sentence.text).join("\n\n");
  const links = cited(turn).map((source) => {
    const label = place(source).replace(/[\\[\]]/g, "\\$&");
    const href = webAddress(source.url)?.href.replace(/[()]/g, encodeURIComponent) ?? "";
    return `${source.n}. [${label}](${href})`;
  });
  return [`**${turn.question}**`, text, links.join("\n")].join("\n\n").trim() + "\n";
}
