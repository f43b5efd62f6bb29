// The official client reads what the sandbox holds: node pipedrive.mjs ADDRESS TOKEN
import { v2 } from "pipedrive";

const [address, token] = process.argv.slice(2);
const configuration = new v2.Configuration({ apiKey: token, basePath: `${address}/api/v2` });
const persons = await new v2.PersonsApi(configuration).getPersons({ limit: 100 });
const organizations = await new v2.OrganizationsApi(configuration).getOrganizations({ limit: 100 });
const activities = await new v2.ActivitiesApi(configuration).getActivities({ limit: 100 });
const deals = await new v2.DealsApi(configuration).getDeals({ limit: 100 });
const one = await new v2.PersonsApi(configuration).getPerson({ id: persons.data[0].id });
console.log(
  JSON.stringify({
    persons: persons.data.map((person) => person.name),
    emails: one.data.emails.map((email) => email.value),
    organizations: organizations.data.map((organization) => organization.name),
    activities: activities.data.map((activity) => activity.subject),
    deals: deals.data.map((deal) => deal.title),
  }),
);
