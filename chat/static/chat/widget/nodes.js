// @ts-check
/** Elements and icons, made by createElement and textContent only. */

/**
 * An element with attributes (`onclick` and the like become listeners) and children.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** Stroked 24 × 24 paths. @type {Record<string, string>} */
const ICONS = {
  book: "M12 6.5C10.2 5 7.6 4.5 4 4.5v13c3.6 0 6.2.5 8 2 1.8-1.5 4.4-2 8-2v-13c-3.6 0-6.2.5-8 2zm0 0v13",
  close: "M6 6l12 12M18 6L6 18",
  fresh: "M12 5v14M5 12h14",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  stop: "M6 6h12v12H6z",
  out: "M8 6h10v10M18 6L6 18",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  check: "M5 12.5l4.5 4.5L19 7",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
  share: "M12 15V4M8 7.5L12 4l4 3.5M6 11v8h12v-8",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  back: "M14 6l-6 6 6 6",
  thumb:
    "M7 11v9H4v-9zM7 11l4-7.5c1.6 0 2.5 1 2.5 2.5l-.5 3.5h5a2 2 0 0 1 2 2.4l-1.2 6.4A2 2 0 0 1 16.9 20H7",
  absent: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5M8 11h6",
  supported: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8 12.3l2.8 2.7L16 9.5",
  partly: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8 12h8",
  unsupported:
    "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .7-1 1.7M12 16.4v.1",
  contradicted: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9 9l6 6M15 9l-6 6",
  unchecked: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8v5M12 16.4v.1",
};

/**
 * Decoration: who cannot see it needs words beside it.
 *
 * @param {string} name
 */
export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) =>
    document.createElementNS("http://www.w3.org/2000/svg", tag),
  );
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {string} name of the icon
 * @param {string} label
 * @param {() => void} onclick
 */
export function iconButton(name, label, onclick) {
  const names = { "aria-label": label, title: label };
  return el("button", { class: "icon-button", type: "button", ...names, onclick }, icon(name));
}

/**
 * A question that one click asks.
 *
 * @param {string} question
 * @param {{ask: (question: string) => void}} desk
 */
export function questionRow(question, desk) {
  const words = el("span", { dir: "auto" }, question);
  const onclick = () => desk.ask(question);
  return el("li", {}, el("button", { type: "button", onclick }, words, icon("send")));
}
