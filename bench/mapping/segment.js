// Segment's side: a request a line, {workload, way, cpu_s}; the way "results" gives what came out.
const fs = require("fs");
const path = require("path");

const [packages, events] = process.argv.slice(2);
const segment = path.join(packages, "@segment");
const { transform } = require(path.join(segment, "actions-core/dist/cjs/mapping-kit/index.js"));
const { parseFql, validate } = require(path.join(segment, "destination-subscriptions"));

const data = path.join(__dirname, "data");
const read = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
const workloads = {};
for (const [name, one] of Object.entries(read(path.join(data, "triggers.json")))) {
  const lines = fs.readFileSync(path.join(events, one.events), "utf8").trim().split("\n");
  workloads[name] = {
    trigger: one.trigger,
    mapping: read(path.join(data, one.mapping)),
    events: lines.map((line) => JSON.parse(line)),
  };
}

const ways = {
  // What their platform does: the trigger's text is parsed for every event.
  parsed_each_time({ trigger, mapping, events }) {
    let fired = 0;
    for (const event of events)
      if (validate(parseFql(trigger), event) && transform(mapping, event)) fired += 1;
    return fired;
  },
  parsed_once({ trigger, mapping, events }) {
    const parsed = parseFql(trigger);
    let fired = 0;
    for (const event of events) if (validate(parsed, event) && transform(mapping, event)) fired += 1;
    return fired;
  },
  trigger_alone({ trigger, events }) {
    const parsed = parseFql(trigger);
    let fired = 0;
    for (const event of events) if (validate(parsed, event)) fired += 1;
    return fired;
  },
};

const spentUs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

function measured(workload, way, cpuS) {
  const start = process.cpuUsage();
  let count = 0;
  let fired = 0;
  do {
    fired += ways[way](workload);
    count += workload.events.length;
  } while (spentUs(start) < cpuS * 1e6);
  return { events: count, fired, cpu_us: spentUs(start) };
}

const results = ({ trigger, mapping, events }) =>
  events.map((event) =>
    validate(parseFql(trigger), event) ? transform(mapping, event) : null,
  );

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { workload, way, cpu_s } = JSON.parse(line);
    const one = workloads[workload];
    const answer = way === "results" ? results(one) : measured(one, way, cpu_s);
    process.stdout.write(JSON.stringify(answer) + "\n");
  });
