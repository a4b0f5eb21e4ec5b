// @ts-check
/** Choices of which one is taken: round buttons that look like words. */

/** @import {Kit} from "../later.js" */

export const CHOICE_STYLES = `
legend { padding: 0; margin-bottom: 8px; font-size: 13px; font-weight: 600 }
fieldset { display: flex; flex-wrap: wrap; gap: 6px }
.choice { position: relative; cursor: pointer }
.choice input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer }
.choice span { display: block; padding: 4px 11px; border: 1px solid var(--line); border-radius: 16px; font-size: 13px; line-height: 1.5; background: var(--ground) }
.choice input:checked + span { color: var(--link); border-color: var(--link); background: var(--tint); font-weight: 600 }
.choice input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 2px }
`;

/**
 * @param {Kit} kit
 * @param {string} name of the group
 * @param {string} value
 * @param {string} label
 * @param {Record<string, any>} [attributes]
 */
export function choice({ el }, name, value, label, attributes) {
  const input = el("input", { type: "radio", name, value, ...attributes });
  return el("label", { class: "choice" }, input, el("span", {}, label));
}
