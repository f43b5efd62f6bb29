// Calls Pipedrive's own client as told by lines of JSON; the answers are what it returned.
"use strict";

const readline = require("node:readline");
const versions = { v1: require("pipedrive/v1"), v2: require("pipedrive/v2") };

const url = process.env.PIPEDRIVE_URL;
const paths = { v1: `${url}/v1`, v2: `${url}/api/v2` };
const sessions = {};

function configuration(version, session) {
  if (!session) {
    return new versions[version].Configuration({
      apiKey: process.env.PIPEDRIVE_TOKEN,
      basePath: paths[version],
    });
  }
  const { oauth } = sessions[session];
  return new versions[version].Configuration({
    accessToken: oauth.getAccessToken,
    basePath: `${new URL(oauth.basePath).origin}/api/${version}`,
  });
}

async function call({ version, api, method, args, session }) {
  const client = new versions[version][api](configuration(version, session));
  return client[method](args);
}

// An authorization of the client's own: begin, code, refresh, age, revoke.
async function authorization({ session, step, value }) {
  if (step === "begin") {
    const { version, ...parameters } = value;
    const tokens = [];
    const oauth = new versions[version].OAuth2Configuration({ ...parameters, host: url });
    oauth.onTokenUpdate = (token) => tokens.push(token);
    sessions[session] = { oauth, tokens };
    return oauth.authorizationUrl;
  }
  const { oauth, tokens } = sessions[session];
  if (step === "code") return oauth.authorize(value);
  if (step === "refresh") return oauth.tokenRefresh();
  if (step === "age") return (oauth.expiresAt -= value * 1000);
  if (step === "revoke") return oauth.revokeToken(value);
  return { basePath: oauth.basePath, updates: tokens.length, accessToken: oauth.accessToken };
}

function thrown(error) {
  return error instanceof Error ? { message: error.message } : error;
}

async function answer(line) {
  const question = JSON.parse(line);
  try {
    const value = await (question.step ? authorization(question) : call(question));
    return { value: value === undefined ? null : value };
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
