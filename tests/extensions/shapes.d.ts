// What browsers give to extensions beyond the web's own; each is looked for before it is used.
declare var chrome: any;
declare var browser: any;
declare var messenger: any;
declare function dealwrightSenderOf(page: Document, host: string): { address: string; people: string[] } | null;
