// The naive way to a contact card: Pipedrive's own client, one call after the other.
"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");
const readline = require("node:readline");

const installed = createRequire(path.join(process.argv[2], "naive.js"));
const v1 = installed("pipedrive/v1");
const v2 = installed("pipedrive/v2");

const url = process.env.PIPEDRIVE_URL;
const apiKey = process.env.PIPEDRIVE_TOKEN;
const first = new v1.Configuration({ apiKey, basePath: `${url}/v1` });
const second = new v2.Configuration({ apiKey, basePath: `${url}/api/v2` });

const persons = new v2.PersonsApi(second);
const organizations = new v2.OrganizationsApi(second);
const deals = new v2.DealsApi(second);
const activities = new v2.ActivitiesApi(second);
const notes = new v1.NotesApi(first);
const users = new v1.UsersApi(first);
const fields = new v2.PersonFieldsApi(second);

async function card(email) {
  const found = await persons.searchPersons({ term: email, fields: "email", exact_match: true });
  const id = found.data.items[0].item.id;
  const person = await persons.getPerson({ id });
  await organizations.getOrganization({ id: person.data.org_id });
  await deals.getDeals({ person_id: id });
  await activities.getActivities({ person_id: id });
  await notes.getNotes({ person_id: id });
  await users.getUsers();
  await fields.getPersonFields({});
}

async function main() {
  for await (const email of readline.createInterface({ input: process.stdin })) {
    const began = performance.now();
    await card(email);
    process.stdout.write(`${performance.now() - began}\n`);
  }
}

main();
