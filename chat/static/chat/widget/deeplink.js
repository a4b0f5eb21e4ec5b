// @ts-check
/** A question in the page's address: `?ask=What+is+a+node`. */

/**
 * The question, taken out of the address so that a reload or a copied address does not ask again.
 *
 * @param {string} param its name in the query, "" or "off": none
 */
export function askedInAddress(param) {
  const url = new URL(location.href);
  const question = param === "off" ? "" : (url.searchParams.get(param) ?? "").trim();
  if (!question) return "";
  url.searchParams.delete(param);
  history.replaceState(history.state, "", url);
  return question;
}

/** Call when the page's address changes without a load. @param {() => void} changed */
export function onPageChange(changed) {
  const { navigation } = /** @type {{navigation?: EventTarget}} */ (
    /** @type {unknown} */ (window)
  );
  if (navigation) navigation.addEventListener("currententrychange", changed);
  else addEventListener("popstate", changed);
}

/** A browser may load a page before its reader has decided to open it. */
export async function isShown() {
  if (!("prerendering" in document && document.prerendering)) return;
  await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve));
}
