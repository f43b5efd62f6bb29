// Opens the panel: from the toolbar, and for an address that was selected or is a link.
(() => {
  const api = globalThis.browser ?? globalThis.chrome;
  const menus = api.menus ?? api.contextMenus;
  const ADDRESS = /[^\s<>"'(),;:[\]]+@[^\s<>"'(),;:[\]]+\.[^\s<>"'(),;:[\]]+/;

  /** @param {{ windowId?: number } | undefined} tab */
  function openPanel(tab) {
    if (api.sidebarAction) return api.sidebarAction.open();
    return api.sidePanel.open({ windowId: tab?.windowId });
  }

  /** @param {{ linkUrl?: string, selectionText?: string }} clicked */
  function addressOf({ linkUrl = "", selectionText = "" }) {
    const text = linkUrl.startsWith("mailto:") ? decodeURIComponent(linkUrl.slice(7)) : selectionText;
    return ADDRESS.exec(text)?.[0].toLowerCase();
  }

  api.runtime.onInstalled.addListener(() => {
    const title = "Show the contact card";
    menus.create({ id: "link", title, contexts: ["link"], targetUrlPatterns: ["mailto:*"] });
    menus.create({ id: "selection", title, contexts: ["selection"] });
  });
  /**
   * @param {{ linkUrl?: string, selectionText?: string }} clicked
   * @param {{ windowId?: number }} tab
   */
  const onMenu = (clicked, tab) => {
    // At once: a panel opens only while the click is being handled.
    void openPanel(tab);
    const address = addressOf(clicked);
    if (address) void api.storage.session.set({ chosen: { address, people: [] } });
  };
  menus.onClicked.addListener(onMenu);
  api.action.onClicked.addListener(openPanel);
})();
