// In the page of the mail: tells the panel when another message is opened. It changes nothing there.
(() => {
  const api = globalThis.browser ?? globalThis.chrome;
  const QUIET_MS = 300;
  let last = "";
  let timer = 0;

  const sender = () => globalThis.dealwrightSenderOf(document, location.hostname);

  function tell() {
    const now = sender();
    if (!now || now.address === last) return;
    last = now.address;
    // Without a panel there is nobody who listens.
    api.runtime.sendMessage({ sender: now }).catch(() => {});
  }

  /**
   * @param {{ ask?: string }} message
   * @param {unknown} _from
   * @param {(told: unknown) => void} answer
   */
  const onAsked = (message, _from, answer) => {
    if (message?.ask === "sender") answer(sender());
  };
  api.runtime.onMessage.addListener(onAsked);
  new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(tell, QUIET_MS);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
