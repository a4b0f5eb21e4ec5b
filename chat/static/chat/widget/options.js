// @ts-check
/** What the site's owner says on the script tag. */

/** @import {Options} from "./types.js" */

import { WORDS } from "./words.js";

/** The attributes (data-NAME) with their defaults. docs/embed.md says what each means. */
const DEFAULTS = {
  book: "",
  host: "",
  label: "",
  title: "",
  accent: "",
  position: "right",
  layout: "panel",
  theme: "auto",
  button: "shown",
  shortcut: "i",
  about: "selection code",
  search: "",
  open: "",
  param: "ask",
  events: "plain",
  history: "kept",
  transport: "auto",
};

/** @type {Record<string, string[]>} */
const CHOICES = {
  position: ["right", "left"],
  layout: ["panel", "bubble"],
  theme: ["auto", "light", "dark"],
  button: ["shown", "hidden"],
  about: ["selection code", "selection", "code", "none"],
  events: ["plain", "text"],
  history: ["kept", "none"],
  transport: ["auto", "events"],
};

/** The script tag: only classic scripts have a document.currentScript. */
function ownScript() {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement) return current;
  /** @type {NodeListOf<HTMLScriptElement>} */
  const scripts = document.querySelectorAll("script[src][data-book]");
  return [...scripts].find((script) => script.dataset.book) ?? null;
}

/** @returns {Options | null} null, with a message to the owner, where the book is not named */
export function readOptions() {
  const script = ownScript();
  const said = known(script?.dataset ?? {});
  if (!script || !said.book) {
    console.error('ragbook: the script tag needs data-book="SLUG".');
    return null;
  }
  return {
    ...said,
    label: said.label || WORDS.ask,
    host: new URL(said.host ? `${said.host.replace(/\/$/, "")}/` : ".", script.src),
    home: new URL("widget/", script.src),
  };
}

/** The attributes with a value that means something; the owner is told of others. @param {DOMStringMap} dataset */
function known(dataset) {
  const said = { ...DEFAULTS };
  for (const name of /** @type {(keyof typeof DEFAULTS)[]} */ (Object.keys(DEFAULTS))) {
    const value = dataset[name]?.trim();
    const wrong = value && complaint(name, value);
    if (wrong) console.warn(`ragbook: data-${name}="${value}" is ${wrong}.`);
    else said[name] = value ?? said[name];
  }
  return said;
}

/**
 * Why an attribute cannot have a value; "" when it can.
 *
 * @param {string} name
 * @param {string} value
 */
function complaint(name, value) {
  const choices = CHOICES[name] ?? [value];
  if (!choices.includes(value)) return `none of: ${choices.join(", ")}`;
  if (name === "host" && !URL.canParse(value)) return "no address";
  if (name === "accent" && !CSS.supports("color", value)) return "no CSS colour";
  const isSelector = name === "search" || name === "open";
  return isSelector && !CSS.supports(`selector(${value})`) ? "no CSS selector" : "";
}
