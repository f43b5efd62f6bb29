// Whose card: the author of the message that is displayed.
import { api } from "./hub.js";

/** @typedef {{ address: string, people: string[] }} Sender */

/**
 * The address in a header such as `Ada Lovelace <ada@example.com>`; "" where there is none.
 * @param {string} header
 */
export function addressIn(header) {
  const found = /<([^<>\s]+@[^<>\s]+)>\s*$/.exec(header) ?? /([^\s<>"(),;:]+@[^\s<>"(),;:]+)/.exec(header);
  return found ? found[1].toLowerCase() : "";
}

/**
 * @param {any} message a MessageHeader of Thunderbird's
 * @returns {Sender | null}
 */
function senderOf(message) {
  const address = addressIn(message?.author ?? "");
  if (!address) return null;
  const others = [...(message.recipients ?? []), ...(message.ccList ?? [])].map(addressIn);
  return { address, people: others.filter((one) => one && one !== address) };
}

/**
 * Who wrote the message that is displayed now; null where none is.
 * @returns {Promise<Sender | null>}
 */
export async function senderNow() {
  const [tab] = await api.tabs.query({ active: true, currentWindow: true });
  return senderOf(await api.messageDisplay.getDisplayedMessage(tab?.id));
}

/**
 * Call back whenever another message is displayed.
 * @param {(sender: Sender | null) => void} follow
 */
export function onSender(follow) {
  api.messageDisplay.onMessagesDisplayed.addListener(() => void senderNow().then(follow));
}
