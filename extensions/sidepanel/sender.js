// Who sent the message that is open, read off a page of Gmail or Outlook: the address, and nothing
// else. Both pages change without notice; what is not recognised is no sender, and the panel has a
// search box.

/** @typedef {{ address: string, people: string[] }} Sender */

(() => {
  const ADDRESS = /[^\s<>"'(),;:[\]]+@[^\s<>"'(),;:[\]]+\.[^\s<>"'(),;:[\]]+/;

  /** @param {Element} element */
  const seen = (element) => element.getClientRects().length > 0;

  /**
   * @param {string | null | undefined} text
   * @returns {string}
   */
  const addressIn = (text) => ADDRESS.exec(text ?? "")?.[0].toLowerCase() ?? "";

  /**
   * Gmail marks whoever sent a message with `email`, the sender of an opened one with the class gD.
   * @param {Document} page
   */
  function gmail(page) {
    const opened = [...page.querySelectorAll("[role=main] .gD[email], [role=main] [data-message-id] [email]")];
    const senders = opened.filter((one) => seen(one) && one.matches(".gD, .gD *, h3 *"));
    return addressIn((senders.at(-1) ?? opened.find(seen))?.getAttribute("email"));
  }

  /**
   * Outlook has the address of the sender in the label or the title of the name above a message.
   * @param {Document} page
   */
  function outlook(page) {
    const pane = page.querySelector("#ReadingPaneContainerId, [role=main] [aria-label='Reading Pane'], [role=main]");
    const labelled = pane?.querySelectorAll("[aria-label*='@'], [title*='@'], [data-testid=SenderPersona] *") ?? [];
    const found = [...labelled].filter(seen).map((one) =>
      addressIn(one.getAttribute("aria-label")) || addressIn(one.getAttribute("title")) || addressIn(one.textContent),
    );
    return found.find(Boolean) ?? "";
  }

  /**
   * @param {Document} page
   * @param {string} host
   * @returns {Sender | null}
   */
  function senderOf(page, host) {
    const address = host === "mail.google.com" ? gmail(page) : outlook(page);
    return address ? { address, people: [] } : null;
  }

  Object.assign(globalThis, { dealwrightSenderOf: senderOf });
})();
