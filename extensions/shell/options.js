// Settings: which hub, and pairing with it.
import { api, originOf, pair, savedHub, saveHub, unpair } from "./hub.js";

/**
 * @template {HTMLElement} E
 * @param {string} selector
 * @returns {E}
 */
const at = (selector) => /** @type {E} */ (document.querySelector(selector));

/** @type {HTMLInputElement} */
const url = at("#url");
/** @type {HTMLInputElement} */
const code = at("#code");
/** @type {HTMLInputElement} */
const label = at("#label");

/** @param {string} sentence */
function say(sentence) {
  at("#status").textContent = sentence;
}

async function draw() {
  const hub = await savedHub();
  at("#paired").hidden = !hub.token;
  at("#unpaired").hidden = Boolean(hub.token);
  url.value = hub.url;
  label.value ||= api.messageDisplay ? "Thunderbird" : "Browser";
  Object.assign(at("#hub"), { textContent: hub.url, href: hub.url || "about:blank" });
}

/** The address that was typed; "" and a sentence for one that is none. */
function typed() {
  try {
    return originOf(url.value);
  } catch {
    say("This is no web address. It looks like https://hub.example.com.");
    return "";
  }
}

at("#where").addEventListener("submit", async (event) => {
  event.preventDefault();
  const origin = typed();
  if (!origin) return;
  await saveHub({ url: origin, token: "" });
  await api.tabs.create({ url: `${origin}/pair` });
});

at("#pair").addEventListener("submit", async (event) => {
  event.preventDefault();
  const origin = typed();
  if (!origin) return;
  try {
    const token = await pair(origin, code.value, label.value);
    await saveHub({ url: origin, token });
    code.value = "";
    say("Paired. Open an e-mail, and then the panel.");
    await draw();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
});

at("#leave").addEventListener("click", async () => {
  const hub = await savedHub();
  // Without the hub the token is forgotten here; there it is revoked in the list of devices.
  const told = await unpair(hub).then(() => "", (error) => ` ${error.message}`);
  await saveHub({ url: hub.url, token: "" });
  say(`This panel is no longer paired.${told}`);
  await draw();
});

await draw();
