// Segment's side: its destination as published, an event at a time and several at once, as its
// platform calls it. Its host is written into its code, so the requests are turned to the sandbox.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");
const readline = require("node:readline");

const config = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const target = new URL(config.url);
const WINDOW_MS = 2100; // the burst windows are 2 s; the rest is for what the way takes

// Connections are kept, which its code by itself does not do. In a paced round a request waits here
// until both of Pipedrive's windows have room for it: nobody can be told to slow down more exactly.
class Agent extends http.Agent {
  constructor() {
    super({ keepAlive: true, maxSockets: config.sockets });
    this.windows = { all: [], searches: [] };
    this.turn = Promise.resolve();
  }

  addRequest(request, options) {
    if (!config.paced) return super.addRequest(request, options);
    const search = options.path.includes("itemSearch");
    this.turn = this.turn.then(() => this.room(search)).then(() => super.addRequest(request, options));
  }

  async room(search) {
    const needed = [[this.windows.all, config.paced.all]];
    if (search) needed.push([this.windows.searches, config.paced.searches]);
    for (const [sent, most] of needed)
      while (sent.length >= most && sent[sent.length - most] > Date.now() - WINDOW_MS)
        await new Promise((done) => setTimeout(done, sent[sent.length - most] + WINDOW_MS - Date.now()));
    for (const [sent, most] of needed) {
      sent.push(Date.now());
      sent.splice(0, sent.length - most);
    }
  }
}

const agent = new Agent();
https.request = (options, done) => {
  const headers = { ...options.headers, Host: options.hostname };
  for (const name of Object.keys(headers)) if (name.toLowerCase() === "connection") delete headers[name];
  const place = { protocol: target.protocol, hostname: target.hostname, host: target.hostname, port: target.port };
  return http.request({ ...options, ...place, agent, headers }, done);
};

const segment = path.join(config.modules, "@segment");
const { Destination, defaultValues } = require(path.join(segment, "actions-core"));
const definition = require(path.join(segment, "action-destinations/dist/destinations/pipedrive")).default;
const destination = new Destination(definition);

const subscriptions = config.mappings.map(({ trigger, action, fields }) => ({
  subscribe: trigger,
  partnerAction: action,
  mapping: { ...defaultValues(definition.actions[action].fields), ...fields },
}));

// Its platform tries again what may pass: nine times, with growing waits (here of a test's length).
const mayPass = (error) => {
  const status = error.response?.status ?? error.status;
  return status === undefined || status === 408 || status === 429 || status >= 500;
};

const told = { failed: 0, again: 0, faults: {} };

async function deliver(event) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await destination.onEvent(event, { ...config.settings, subscriptions });
    } catch (error) {
      const fault = String(error.response?.status ?? error.code ?? error.message);
      told.faults[fault] = (told.faults[fault] ?? 0) + 1;
      if (attempt >= 9 || !mayPass(error)) {
        told.failed += 1;
        return undefined;
      }
      told.again += 1;
      await new Promise((done) => setTimeout(done, Math.min(250 * 2 ** attempt, 8000)));
    }
  }
}

async function main() {
  const lines = fs.readFileSync(config.stream, "utf8").trim().split("\n");
  const input = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  process.stdout.write('"ready"\n');
  await input.next();
  const started = process.hrtime.bigint();
  let next = 0;
  const lane = async () => {
    while (next < lines.length) await deliver(JSON.parse(lines[next++]));
  };
  await Promise.all(Array.from({ length: config.lanes }, lane));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  process.stdout.write(`${JSON.stringify({ seconds, ...told })}\n`);
  await input.next(); // stay until the processor time was read
  process.exit(0);
}

main();
