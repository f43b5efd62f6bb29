// Reads [{mapping, event}] from stdin, writes [{result} or {error: {messages}}] of Segment's code.
const path = require("path");

const { transform } = require(
  path.join(__dirname, "node_modules/@segment/actions-core/dist/cjs/mapping-kit/index.js"),
);

const told = (error) =>
  error[Symbol.iterator] ? [...error].map((each) => each.message) : [error.message];
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const results = cases.map(({ mapping, event }) => {
  try {
    return { result: transform(mapping, event) };
  } catch (error) {
    return { error: { name: error.name, messages: told(error) } };
  }
});
process.stdout.write(JSON.stringify(results));
