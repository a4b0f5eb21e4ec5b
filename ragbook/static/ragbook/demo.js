// @ts-check
/**
 * The demo book: theme, tabs, copy buttons and the mark in "On this page". Every page reads well
 * without it. Loaded in the head, so that a remembered theme holds from the first paint.
 */

const THEME = "ragbook-demo-theme";
const root = document.documentElement;

/** @param {string} key @returns {string | null} */
function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden
  }
}

/** @param {string} key @param {string} value */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it is only a convenience
  }
}

const theme = remembered(THEME);
if (theme) root.dataset.theme = theme;

function offerThemes() {
  const button = document.querySelector("button.theme");
  if (!(button instanceof HTMLButtonElement)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    remember(THEME, next);
  });
}

/** One group of tabs. Hidden panels stay findable: a search or a link into one opens it. */
class Tabs {
  /** @param {HTMLElement} element @param {number} number */
  constructor(element, number) {
    this.element = element;
    this.group = element.dataset.group ?? "";
    /** @type {HTMLElement[]} */
    this.panels = [...element.querySelectorAll(":scope > .tab")].filter(isElement);
    this.buttons = this.panels.map((panel, place) => this.button(panel, `tab-${number}-${place}`));
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.append(...this.buttons);
    list.addEventListener("keydown", (event) => this.move(event));
    element.prepend(list);
    element.classList.add("ready");
    this.choose(Math.max(0, this.labels().indexOf(remembered(this.key()) ?? "")));
  }

  key() {
    return `ragbook-demo-tab-${this.group}`;
  }

  labels() {
    return this.panels.map((panel) => panel.getAttribute("aria-label") ?? "");
  }

  /** @param {HTMLElement} panel @param {string} id */
  button(panel, id) {
    const button = document.createElement("button");
    button.type = "button";
    button.id = id;
    button.textContent = panel.getAttribute("aria-label");
    button.setAttribute("role", "tab");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", id);
    panel.id = `${id}-panel`;
    button.setAttribute("aria-controls", panel.id);
    button.addEventListener("click", () => this.pick(this.buttons.indexOf(button)));
    panel.addEventListener("beforematch", () => this.choose(this.panels.indexOf(panel)));
    return button;
  }

  /** Show one panel. @param {number} chosen */
  choose(chosen) {
    this.panels.forEach((panel, place) => {
      const button = this.buttons[place];
      button.setAttribute("aria-selected", String(place === chosen));
      button.tabIndex = place === chosen ? 0 : -1;
      if (place === chosen) panel.removeAttribute("hidden");
      else panel.setAttribute("hidden", "until-found");
    });
  }

  /** The reader picks a tab: all groups of the same name follow. @param {number} place */
  pick(place) {
    this.choose(place);
    if (!this.group) return;
    const label = this.labels()[place];
    remember(this.key(), label);
    const before = this.element.getBoundingClientRect().top;
    for (const other of groups) {
      if (other.group === this.group && other.labels().includes(label)) {
        other.choose(other.labels().indexOf(label));
      }
    }
    // what changed above must not move the tab from under the pointer
    scrollBy({ top: this.element.getBoundingClientRect().top - before, behavior: "instant" });
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const current = this.buttons.findIndex((button) => button.tabIndex === 0);
    const last = this.buttons.length - 1;
    const right = getComputedStyle(this.element).direction === "rtl" ? -1 : 1;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: current + right,
      ArrowLeft: current - right,
      Home: 0,
      End: last,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const place = (step + this.buttons.length) % this.buttons.length;
    this.pick(place);
    this.buttons[place].focus();
  }
}

/** @type {Tabs[]} */
const groups = [];

/** @param {Element} element @returns {element is HTMLElement} */
function isElement(element) {
  return element instanceof HTMLElement;
}

/** The id that a fragment names. @param {string} hash */
function target(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1); // a lone percent sign
  }
}

/** A link into a hidden panel opens it. */
function revealTarget() {
  const element = document.getElementById(target(location.hash));
  const hidden = element?.closest(".tab[hidden]");
  if (!element || !hidden) return;
  hidden.dispatchEvent(new Event("beforematch"));
  element.scrollIntoView();
}

function offerCopies() {
  if (!navigator.clipboard) return;
  for (const figure of document.querySelectorAll("figure.code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(figure.querySelector("code")?.textContent ?? "");
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    figure.append(button);
  }
}

/** Marks the section that is being read in "On this page". */
function followReading() {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll(".here.wide a");
  const headings = [...links].map((link) => document.getElementById(target(link.hash)));
  function mark() {
    const atEnd = root.scrollTop > 0 && root.scrollTop + root.clientHeight >= root.scrollHeight - 2;
    const line = atEnd ? root.clientHeight : 120;
    const reached = headings.findLastIndex(
      (heading) => heading && heading.getBoundingClientRect().top < line,
    );
    for (const [place, link] of links.entries()) {
      link.toggleAttribute("data-reading", place === reached);
    }
  }
  addEventListener("scroll", mark, { passive: true });
  mark();
}

addEventListener("DOMContentLoaded", () => {
  offerThemes();
  for (const [number, element] of document.querySelectorAll(".tabs").entries()) {
    if (isElement(element)) groups.push(new Tabs(element, number));
  }
  revealTarget();
  addEventListener("hashchange", revealTarget);
  offerCopies();
  followReading();
  document.querySelector(".contents [aria-current]")?.scrollIntoView({ block: "nearest" });
});
