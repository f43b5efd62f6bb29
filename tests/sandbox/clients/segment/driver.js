// Segment's destination as Segment runs it: an event, a subscription, settings; told by lines of
// JSON. Its host is written into its code, so the requests are turned to the sandbox here.
"use strict";

const http = require("node:http");
const https = require("node:https");
const readline = require("node:readline");

const target = new URL(process.env.PIPEDRIVE_URL);
https.request = (options, done) =>
  http.request(
    {
      ...options,
      protocol: target.protocol,
      hostname: target.hostname,
      host: target.hostname,
      port: target.port,
      agent: undefined,
      headers: { ...options.headers, Host: options.hostname },
    },
    done,
  );

const { Destination, defaultValues } = require("@segment/actions-core");
const definition = require("@segment/action-destinations/dist/destinations/pipedrive").default;

const destination = new Destination(definition);

async function deliver({ event, action, mapping, settings }) {
  const defaults = defaultValues(definition.actions[action].fields);
  const subscription = {
    subscribe: `type = "${event.type}"`,
    partnerAction: action,
    mapping: { ...defaults, ...mapping },
  };
  return destination.onEvent(event, { ...settings, subscription });
}

function thrown(error) {
  return { message: error.message, code: error.code, status: error.response?.status };
}

async function answer(line) {
  try {
    return { value: await deliver(JSON.parse(line)) };
  } catch (error) {
    return { thrown: thrown(error) };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
}

main();
