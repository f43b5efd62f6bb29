// The panel: the card of whoever sent the message that is open, in a frame of the hub's.
import { api, openingCode, Refused, savedHub } from "./hub.js";
import { onSender, senderNow } from "./source.js";

/** @typedef {import("./source.js").Sender} Sender */

/**
 * @template {HTMLElement} E
 * @param {string} selector
 * @returns {E}
 */
const at = (selector) => /** @type {E} */ (document.querySelector(selector));

const frame = at("iframe");
const status = at("#status");
const empty = at("#empty");
/** @type {HTMLFormElement} */
const open = at("#open");
/** @type {HTMLInputElement} */
const address = at("#address");
/** @type {Sender | null} */
let shown = null;
let round = 0;

/**
 * @param {string} title
 * @param {string} sentence
 * @param {string} [label] of the button
 * @param {() => void} [act]
 */
function say(title, sentence, label, act) {
  frame.hidden = true;
  empty.hidden = false;
  at("#title").textContent = title;
  at("#sentence").textContent = sentence;
  const button = at("#do");
  button.hidden = !label;
  button.textContent = label ?? "";
  button.onclick = act ?? null;
}

const settings = () => void api.runtime.openOptionsPage();

/** @param {Sender} sender */
async function show(sender) {
  shown = sender;
  address.value = sender.address;
  const mine = ++round;
  const hub = await savedHub();
  if (!hub.token) return say("One step to go", "Pair this panel with your hub.", "Pair", settings);
  status.textContent = `Looking up ${sender.address} …`;
  try {
    const code = await openingCode(hub);
    // Another message was opened while the hub answered.
    if (mine !== round) return;
    submit(hub.url, code, sender);
  } catch (error) {
    if (mine === round) refuse(error, sender);
  }
}

/**
 * By POST: neither the code nor the address stands in a URL, hence in no log and no history.
 * @param {string} url
 * @param {string} code
 * @param {Sender} sender
 */
function submit(url, code, sender) {
  open.action = `${url}/card/embed`;
  const fields = { code, email: sender.address, people: sender.people.join(",") };
  for (const [name, value] of Object.entries(fields)) {
    /** @type {HTMLInputElement} */ (open.elements.namedItem(name)).value = value;
  }
  empty.hidden = true;
  frame.hidden = false;
  open.submit();
}

/**
 * @param {unknown} error
 * @param {Sender} sender
 */
function refuse(error, sender) {
  status.textContent = "";
  const told = error instanceof Refused ? error : new Refused(String(error), 0);
  if (told.status === 401) return say("Not paired any more", told.message, "Pair again", settings);
  say("No card now", told.message, "Try again", () => void show(sender));
}

frame.addEventListener("load", () => {
  if (shown && !frame.hidden) status.textContent = "";
});
at("#settings").addEventListener("click", settings);
at("#search").addEventListener("submit", (event) => {
  event.preventDefault();
  void show({ address: address.value.trim(), people: [] });
});
/** @param {Record<string, unknown>} changes */
const onPaired = (changes) => {
  if (shown && "token" in changes) void show(shown);
};
api.storage.onChanged.addListener(onPaired);

/** @param {Sender | null} sender */
function follow(sender) {
  if (sender && sender.address !== shown?.address) void show(sender);
}

onSender(follow);
const first = await senderNow();
if (first) await show(first);
else if (!(await savedHub()).token) say("Welcome", "Pair this panel with your hub.", "Pair", settings);
else say("No message is open", "Open an e-mail, or type an address above.");
