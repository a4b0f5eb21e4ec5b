// @ts-check
/** Light or dark with the page. */

/** Light or dark, as the page says (Docusaurus, Furo, MkDocs Material, mdBook, Tailwind), else as the system does. */
function pageTheme() {
  const roots = [document.documentElement, document.body];
  for (const root of roots) {
    const said = root.dataset.theme ?? root.dataset.mdColorScheme ?? "";
    if (/^(dark|slate)$/.test(said)) return "dark";
    if (/^(light|default)$/.test(said)) return "light";
    if (/(^|\s)(dark|coal|navy|ayu)(\s|$)/.test(root.className)) return "dark";
    if (/(^|\s)(light|rust)(\s|$)/.test(root.className)) return "light";
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
