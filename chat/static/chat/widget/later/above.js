// @ts-check
/** What stands above the reader's text: the passage it is about, or that a question is edited. */

/** @import {Composer} from "../composer.js" */
/** @import {Kit} from "../later.js" */

import { CHOICE_STYLES, choice } from "./choices.js";

export const STYLES =
  CHOICE_STYLES +
  `
.about { padding: 12px 12px 4px 14px; border-bottom: 1px solid var(--line) }
.about-row { display: flex; align-items: start; gap: 6px }
.about-row .note { flex: 1; margin-bottom: 6px }
.about .icon-button { width: 28px; height: 28px; margin-top: -3px }
.scopes { margin: 10px 0 8px }
.scopes legend { margin-bottom: 6px; font-size: 12px; color: var(--muted) }
`;

/**
 * @param {Kit} kit
 * @param {Composer} composer
 * @returns {HTMLElement[]}
 */
export function above(kit, composer) {
  const { el, WORDS } = kit;
  const { editing, selection } = composer;
  const note = editing && el("p", { class: "note" }, WORDS.editing);
  const quote = selection && el("blockquote", { class: "passage", dir: "auto" }, selection);
  const rows = [
    note && row(kit, composer, note, WORDS.cancel),
    quote && row(kit, composer, quote, WORDS.remove),
    quote && scopes(kit, composer),
  ];
  return rows.filter((part) => part instanceof HTMLElement);
}

/** @param {Kit} kit @param {Composer} composer @param {HTMLElement} words @param {string} undo */
function row({ el, iconButton, WORDS }, composer, words, undo) {
  const label = { role: "group", "aria-label": WORDS.about };
  const remove = iconButton("close", undo, () => composer.forgetAbove());
  return el("div", { class: "about-row", ...label }, words, remove);
}

/** How far the answer looks. @param {Kit} kit @param {Composer} composer */
function scopes(kit, composer) {
  const { el, WORDS } = kit;
  const choices = WORDS.scopes.map(([value, label]) => {
    const onchange = () => (composer.scope = value);
    return choice(kit, "scope", value, label, { onchange, checked: value === composer.scope });
  });
  return el("fieldset", { class: "scopes" }, el("legend", {}, WORDS.scope), ...choices);
}
