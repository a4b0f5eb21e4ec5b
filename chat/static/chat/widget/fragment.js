// @ts-check
/** Addresses in the book. */

/**
 * A source's address, or null for anything but http and https.
 *
 * @param {string} url absolute, or relative to the page
 * @returns {URL | null}
 */
export function webAddress(url) {
  try {
    const address = new URL(url, document.baseURI);
    return /^https?:$/.test(address.protocol) ? address : null;
  } catch {
    return null;
  }
}

/** @param {URL} link */
export function isThisPage(link) {
  const plain = (/** @type {string} */ path) => path.replace(/\/(index\.html)?$/, "");
  return link.origin === location.origin && plain(link.pathname) === plain(location.pathname);
}
