// @ts-check
/** Light or dark with the page. */

const DARK = /(^|\s)(dark|slate|coal|navy|ayu)(\s|$)/;
const LIGHT = /(^|\s)(light|default|rust)(\s|$)/;

/** As the page says (Docusaurus, Furo, MkDocs Material, mdBook, Tailwind), else as the system does. */
function pageTheme() {
  for (const { dataset, className } of [document.documentElement, document.body]) {
    for (const words of [dataset.theme, dataset.mdColorScheme, className]) {
      if (DARK.test(words ?? "")) return "dark";
      if (LIGHT.test(words ?? "")) return "light";
    }
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * @param {HTMLElement} root of the shadow tree
 * @param {string} chosen "light" or "dark" by the site's owner, "auto": as the page is
 */
export function followTheme(root, chosen) {
  const apply = () => {
    root.dataset.theme = chosen === "auto" ? pageTheme() : chosen;
  };
  const attributeFilter = ["class", "data-theme", "data-md-color-scheme"];
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  observer.observe(document.body, { attributes: true, attributeFilter });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}
