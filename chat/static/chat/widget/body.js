// @ts-check
/** An answer's trees, drawn as paragraphs, lists, tables and code. */

/** @import {Block, Inline, Sentence} from "./types.js" */

import { confirmCopy } from "./browser.js";
import { el } from "./nodes.js";
import { isDoubtful, list, own } from "./thread.js";
import { WORDS } from "./words.js";

const DEEPEST = 40;

/**
 * Inline nodes. Citations are drawn after their sentence, so the space before one goes too.
 * Unknown kinds are left out: a newer server never breaks an older widget.
 *
 * @param {Inline[] | undefined} nodes
 * @param {number} [depth]
 * @returns {Node[]}
 */
function inlineNodes(nodes, depth = 0) {
  if (depth > DEEPEST) return [];
  const all = list(nodes);
  return all.flatMap((node, index) => {
    const beforeCitation = all[index + 1]?.type === "citation";
    return inlineNode(node, beforeCitation, depth) ?? [];
  });
}

/**
 * @param {Inline} node
 * @param {boolean} beforeCitation
 * @param {number} depth
 * @returns {Node | null}
 */
function inlineNode(node, beforeCitation, depth) {
  const text = String(node?.text ?? "");
  switch (node?.type) {
    case "text":
      return document.createTextNode(beforeCitation ? text.trimEnd() : text);
    case "code":
      return el("code", {}, text);
    case "emphasis":
      return el("em", {}, ...inlineNodes(node.children, depth + 1));
    case "strong":
      return el("strong", {}, ...inlineNodes(node.children, depth + 1));
    case "math":
      return formula(text, node);
    default:
      return null;
  }
}

/** A formula as the server read it; its TeX where it could not. @param {string} tex @param {Inline} node */
function formula(tex, { display, mathml }) {
  const scrolls = { class: "formula", tabindex: "0", role: "group", "aria-label": tex };
  let drawn;
  try {
    drawn = mathElement(["math", .../** @type {any[]} */ (mathml)]);
  } catch {
    drawn = el("code", {}, tex);
  }
  return display ? el("span", scrolls, drawn) : drawn;
}

/** @param {any[]} tree a tag, and what is in it @returns {Element} */
function mathElement([tag, ...children]) {
  const node = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  node.append(...children.map((child) => (Array.isArray(child) ? mathElement(child) : child)));
  return node;
}

/** An answer's body: sentences go in one by one and find their paragraph, list or table. */
export class Body {
  /**
   * @param {HTMLElement} root
   * @param {(sentence: Sentence) => Node | null} proofOf mark and citations behind a sentence
   */
  constructor(root, proofOf) {
    this.root = root;
    this.proofOf = proofOf;
    /** Where joining text goes on. @type {HTMLElement | null} */
    this.flow = null;
    /** @type {{node: HTMLElement, depth: number, ordered: boolean}[]} */
    this.lists = [];
    /** @type {HTMLTableElement | null} */
    this.table = null;
    /** @type {HTMLElement | null} */
    this.quote = null;
  }

  /** @param {Sentence} sentence */
  add(sentence) {
    const block = sentence.tree ?? {};
    this.leave(block);
    const draw = own(this.drawers, block.type) ?? this.drawers.plain;
    const { host, drawn } = draw(block, sentence);
    drawn.classList.add("sentence");
    drawn.dataset.verdict = String(sentence.verdict);
    drawn.classList.toggle("doubtful", isDoubtful(sentence));
    const proof = this.proofOf(sentence);
    if (proof) host.append(proof);
  }

  /** Close what the next block does not continue. @param {Block} block */
  leave({ type, joins }) {
    if (type !== "row") this.table = null;
    if (type !== "quote") this.quote = null;
    if (type !== "item" && !joins) this.lists = [];
    if (!joins) this.flow = null;
  }

  /** @type {Record<string, (block: Block, sentence: Sentence) => {host: HTMLElement, drawn: HTMLElement}>} */
  drawers = {
    paragraph: (block) => this.text(block.children, () => this.root.appendChild(paragraph())),
    quote: (block) =>
      this.text(block.children, () => {
        this.quote ??= this.root.appendChild(el("blockquote"));
        return this.quote.appendChild(paragraph());
      }),
    item: (block) => this.text(block.children, () => this.item(block)),
    heading: (block) => {
      const level = Math.min(6, Math.max(3, (Number(block.level) || 1) + 2));
      const tag = /** @type {"h3"} */ (`h${level}`);
      const head = el(tag, { dir: "auto" }, ...inlineNodes(block.children));
      this.root.append(head);
      return { host: head, drawn: head };
    },
    row: (block) => this.row(block),
    code: (block) => codeBlock(this.root, String(block.language ?? ""), String(block.text ?? "")),
    // A kind of block that this widget does not know: its words, as words.
    plain: (_, sentence) => {
      const words = [{ type: "text", text: String(sentence.text ?? "") }];
      return this.text(words, () => this.root.appendChild(paragraph()));
    },
  };

  /**
   * @param {Inline[] | undefined} nodes
   * @param {() => HTMLElement} open makes the block that the text opens, unless it joins one
   */
  text(nodes, open) {
    if (this.flow) this.flow.append(" ");
    this.flow ??= open();
    const drawn = el("span", {}, ...inlineNodes(nodes));
    this.flow.append(drawn);
    return { host: this.flow, drawn };
  }

  /** @param {Block} block */
  item({ ordered = false, number, depth = 0 }) {
    while (this.lists.length && this.closes(this.lists[this.lists.length - 1], depth, ordered)) {
      this.lists.pop();
    }
    let top = this.lists.at(-1);
    if (!top || top.depth < depth) {
      const node = el(ordered ? "ol" : "ul");
      (top?.node.lastElementChild ?? this.root).append(node);
      top = { node, depth, ordered };
      this.lists.push(top);
    }
    return top.node.appendChild(el("li", { dir: "auto", value: ordered ? number : null }));
  }

  /** @param {{depth: number, ordered: boolean}} open @param {number} depth @param {boolean} ordered */
  closes(open, depth, ordered) {
    return open.depth > depth || (open.depth === depth && open.ordered !== ordered);
  }

  /** @param {Block} block */
  row({ header = false, cells }) {
    if (!this.table) {
      this.table = el("table", {}, el("thead"), el("tbody"));
      this.root.append(
        el(
          "div",
          { class: "wide", tabindex: "0", role: "group", "aria-label": WORDS.table },
          this.table,
        ),
      );
    }
    const drawn = el("tr");
    for (const cell of list(cells)) {
      const scope = header ? "col" : null;
      drawn.append(el(header ? "th" : "td", { dir: "auto", scope }, ...inlineNodes(cell)));
    }
    const part = header ? this.table.tHead : this.table.tBodies[0];
    part?.append(drawn);
    const host = /** @type {HTMLElement} */ (drawn.lastElementChild ?? drawn);
    return { host, drawn };
  }
}

function paragraph() {
  return el("p", { dir: "auto" });
}

/** Code word for word, with its language and a copy button. @param {HTMLElement} root @param {string} language @param {string} text */
function codeBlock(root, language, text) {
  const copy = el(
    "button",
    { type: "button", class: "quiet", onclick: () => confirmCopy(copy, text) },
    WORDS.copy,
  );
  const host = el("figcaption", {}, el("span", { class: "language" }, language || WORDS.code));
  const pre = el("pre", { tabindex: "0", dir: "ltr" }, el("code", {}, text));
  const drawn = el("figure", { class: "code" }, el("div", { class: "code-head" }, host, copy), pre);
  root.append(drawn);
  return { host, drawn };
}
