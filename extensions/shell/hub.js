// The hub: where it is, and the three things that a shell asks of it.

/** @typedef {{ url: string, token: string }} Hub */

/** Whichever of the two names the browser gives to its API for extensions. */
export const api = globalThis.messenger ?? globalThis.browser ?? globalThis.chrome;

/** What the hub refused, in a sentence for people. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {number} status 0 when the hub did not answer at all
   */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/**
 * The hub that this shell is paired with; `token` is "" before that.
 * @returns {Promise<Hub>}
 */
export async function savedHub() {
  const { url = "", token = "" } = await api.storage.local.get(["url", "token"]);
  return { url, token };
}

/** @param {Hub} hub */
export function saveHub(hub) {
  return api.storage.local.set(hub);
}

/**
 * The origin of an address as people type it: `hub.example` is `https://hub.example`.
 * @param {string} typed
 */
export function originOf(typed) {
  const text = typed.trim();
  const parsed = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (!/^https?:$/.test(parsed.protocol)) throw new TypeError("not a web address");
  return parsed.origin;
}

/**
 * Exchange the code that the hub's page shows for a token of this device.
 * @param {string} url
 * @param {string} code
 * @param {string} label
 * @returns {Promise<string>}
 */
export async function pair(url, code, label) {
  const told = await post(`${url}/shell/pair`, { code, label, origin: location.origin });
  return told.token;
}

/**
 * A code that opens one card in a frame, within the minute.
 * @param {Hub} hub
 * @returns {Promise<string>}
 */
export async function openingCode(hub) {
  const told = await post(`${hub.url}/shell/open`, {}, hub.token);
  return told.code;
}

/**
 * Give the token back: the hub forgets this device.
 * @param {Hub} hub
 */
export async function unpair(hub) {
  await post(`${hub.url}/shell/leave`, {}, hub.token);
}

/**
 * @param {string} address
 * @param {Record<string, string>} body
 * @param {string} [token]
 * @returns {Promise<any>}
 */
async function post(address, body, token) {
  /** @type {Record<string, string>} */
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
  } catch {
    throw new Refused("The hub did not answer. Check its address and your network.", 0);
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  throw new Refused(told.detail ?? `The hub answered ${answer.status}.`, answer.status);
}
