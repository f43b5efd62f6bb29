// Whose card: the sender whom the content script of the tab in front tells of, or what was chosen
// in a menu.
import { api } from "./hub.js";

/** @typedef {{ address: string, people: string[] }} Sender */

async function tabInFront() {
  const [tab] = await api.tabs.query({ active: true, currentWindow: true });
  return tab?.id;
}

/**
 * Who sent the message that is open now; null where none is, or where that cannot be told.
 * @returns {Promise<Sender | null>}
 */
export async function senderNow() {
  const { chosen } = await api.storage.session.get("chosen");
  if (chosen) {
    await api.storage.session.remove("chosen");
    return chosen;
  }
  const tab = await tabInFront();
  if (tab === undefined) return null;
  // A tab without a content script has nobody who answers.
  return api.tabs.sendMessage(tab, { ask: "sender" }).catch(() => null);
}

/**
 * Call back whenever another message is opened, or another tab comes to the front.
 * @param {(sender: Sender | null) => void} follow
 */
export function onSender(follow) {
  /**
   * @param {{ sender?: Sender }} message
   * @param {{ id?: string, tab?: { id?: number } }} from
   */
  const onTold = ({ sender }, from) => {
    if (!sender || from.id !== api.runtime.id) return;
    void tabInFront().then((tab) => from.tab?.id === tab && follow(sender));
  };
  /** @param {{ chosen?: { newValue?: Sender } }} changes */
  const onChosen = ({ chosen }) => {
    if (chosen?.newValue) void senderNow().then(follow);
  };
  api.runtime.onMessage.addListener(onTold);
  api.storage.session.onChanged.addListener(onChosen);
  api.tabs.onActivated.addListener(() => void senderNow().then(follow));
}
